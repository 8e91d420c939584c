"""What building influxd needs, and what it says where that is missing; CI builds it."""

import re
from pathlib import Path

import pytest

from influx import build, toolchain
from influx.toolchain import ToolsMissing

SERVER = Path(build.__file__).parent / "server"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of our own, in which nothing can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _add(tools: Path, name: str, says: str = "") -> None:
    script = tools / name
    script.write_text(f"#!/bin/sh\necho '{says}'\n")
    script.chmod(0o755)


def test_everything_missing_is_named_with_what_to_install(tools: Path) -> None:
    with pytest.raises(ToolsMissing) as missing:
        toolchain.find()
    for hint in ("go.dev/dl", "rustup.rs", "apt-get install clang", "apt-get install pkg-config"):
        assert hint in str(missing.value)
    assert "the journal alone" in str(missing.value)


def test_debians_own_compilers_are_too_old(tools: Path) -> None:
    _add(tools, "go", "go version go1.19.8 linux/amd64")
    _add(tools, "rustc", "rustc 1.63.0")
    _add(tools, "cargo", "cargo 1.65.0")
    _add(tools, "gcc")
    _add(tools, "pkg-config")
    with pytest.raises(ToolsMissing) as missing:
        toolchain.find()
    assert "go >= 1.23" in str(missing.value)
    assert "rustc and cargo >= 1.72" in str(missing.value)
    assert "apt-get" not in str(missing.value)


def test_finds_a_whole_toolchain(tools: Path) -> None:
    _add(tools, "go", "go version go1.26.8 linux/amd64")
    _add(tools, "rustc", "rustc 1.95.0 (59807616e 2026-04-14)")
    _add(tools, "cargo", "cargo 1.95.0")
    _add(tools, "clang")
    _add(tools, "pkg-config")
    found = toolchain.find()
    assert (found.cc, found.cxx, found.rust) == ("clang", "clang++", None)


def test_cache_name_changes_with_the_pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = build.cached_program()
    assert before.is_relative_to(tmp_path / "edgetwin")
    for name in ("go.mod", "go.sum"):
        (tmp_path / name).write_bytes((SERVER / name).read_bytes() + b"\n")
    monkeypatch.setattr(build, "_SOURCE", tmp_path)
    assert build.cached_program() != before


def test_links_what_the_cache_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = build.cached_program()
    program.parent.mkdir(parents=True)
    program.write_text("influxd")
    for _ in range(2):
        assert build.put_in_place(tmp_path / "var").resolve() == program


def test_pins_are_complete_and_name_no_registry() -> None:
    pins = (SERVER / "go.mod").read_text()
    assert f"github.com/influxdata/influxdb/v2 v{build.VERSION}" in pins
    sums = (SERVER / "go.sum").read_text()
    for module, version in re.findall(r"^\t(\S+) (v\S+)", pins, re.MULTILINE):
        assert f"{module} {version}" in sums, f"{module} {version} has no hash"
    assert not re.search("https?://", pins)
