"""The compilers that building influxd takes: found, old, or missing, and then what to install."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

GO_AT_LEAST = (1, 23)
RUST_AT_LEAST = (1, 72)
_PROBE_TIMEOUT_S = 60

_HINTS = {
    "go": "go >= 1.23 from https://go.dev/dl/ (unpack to /usr/local/go, put /usr/local/go/bin on "
    "PATH); the distribution's is too old before Debian 13 and Ubuntu 25.04",
    "rust": "rustc and cargo >= 1.72 from https://rustup.rs (rustup-init -y --profile minimal, "
    "then open a new shell); the distribution's is too old before Debian 13 and Ubuntu 24.04",
    "c": "a C compiler: apt-get install clang",
    "pkg-config": "pkg-config: apt-get install pkg-config",
}
_APT_PACKAGES = {"c": "clang", "pkg-config": "pkg-config"}


class ToolsMissing(Exception):
    """A compiler is missing or too old; the text says what to install."""


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """What was found. ``rust`` names rustup's toolchain, or is None without rustup."""

    cc: str
    cxx: str
    rust: str | None


def find() -> Toolchain:
    """The compilers of this machine, after apt has brought what it can.

    Raises:
        ToolsMissing: one that apt does not have is missing or too old, or apt cannot be used.
    """
    missing = _missing()
    _install(_APT_PACKAGES[name] for name in missing if name in _APT_PACKAGES)
    if missing := _missing():
        wanted = "\n".join(f"  * {_HINTS[name]}" for name in missing)
        raise ToolsMissing(
            f"InfluxDB cannot be built here yet. Install:\n{wanted}\nand run `make influx` again. "
            "Until then edgetwin runs without InfluxDB: the journal alone serves history."
        )
    compiler = "gcc" if shutil.which("gcc") else "clang"
    return Toolchain(
        cc=compiler,
        cxx="g++" if compiler == "gcc" and shutil.which("g++") else "clang++",
        rust=_rustup_toolchain(),
    )


def _missing() -> list[str]:
    present = {
        "go": _version("go", "version") >= GO_AT_LEAST,
        "rust": min(_version("rustc", "--version"), _version("cargo", "--version"))
        >= RUST_AT_LEAST,
        "c": bool(shutil.which("gcc") or shutil.which("clang")),
        "pkg-config": bool(shutil.which("pkg-config")),
    }
    return [name for name, found in present.items() if not found]


def _version(program: str, argument: str) -> tuple[int, int]:
    """Major and minor version of ``program``; (0, 0) when it is not there."""
    if shutil.which(program) is None:
        return (0, 0)
    command = [program, argument]
    said = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=_PROBE_TIMEOUT_S,
        check=False,
        cwd=Path("/"),
        env={**os.environ, "GOTOOLCHAIN": "local"},
    ).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _rustup_toolchain() -> str | None:
    """The toolchain rustup uses outside any project: flux's own file asks for an old one."""
    if shutil.which("rustup") is None:
        return None
    said = subprocess.run(
        ["rustup", "show", "active-toolchain"],
        capture_output=True,
        text=True,
        timeout=_PROBE_TIMEOUT_S,
        check=False,
        cwd=Path("/"),
    ).stdout.split()
    return said[0] if said else None


def _install(packages: Iterable[str]) -> None:
    """Install Debian packages when this user may; a failure shows in the check that follows."""
    names = list(packages)
    apt = shutil.which("apt-get")
    if not names or apt is None:
        return
    rights: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if rights and shutil.which("sudo") is None:
        return
    command = [*rights, apt, "install", "-y", "--no-install-recommends", *names]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, env=environment)
