"""From pinned Go modules and crates to one influxd, cached per user, in about five minutes.

InfluxData publishes no Debian package without its own repository, and this needs none: the
modules and their hashes are pinned by ``influx/server/go.mod`` and ``go.sum``, the crates of flux
by the ``Cargo.lock`` inside its module.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from influx import toolchain
from influx.paths import Paths

VERSION = "2.7.12"
_SOURCE = Path(__file__).parent / "server"
_INFLUXD = "github.com/influxdata/influxdb/v2/cmd/influxd"
_PKG_CONFIG = "github.com/influxdata/pkg-config"
# noassets: without the web interface, whose bundle is a separate download.
_FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-buildvcs=false",
    "-tags=noassets,sqlite_foreign_keys,sqlite_json",
    f"-ldflags=-s -w -X main.version=v{VERSION}",
)
# flux denies warnings, and newer compilers have new ones; RUSTFLAGS does not reach its build.
_CAP_LINTS = '#!/bin/sh\nexec "$@" --cap-lints allow\n'
_REPORT_EVERY_S = 20.0
_POLL_S = 0.5
_LAST_LINES = 20


class BuildFailed(Exception):
    """A compiler gave up; its last lines are in the text."""


def cached_program() -> Path:
    """Where this build of influxd lies, or would lie: its name covers everything it is made of."""
    parts = [(_SOURCE / name).read_bytes() for name in ("go.mod", "go.sum")]
    parts += [" ".join(_FLAGS).encode(), platform.machine().encode(), sys.platform.encode()]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "edgetwin" / f"influxd-{VERSION}-{digest}" / "influxd"


def put_in_place(data_dir: Path) -> Path:
    """Build influxd unless the cache has it, and link it below ``data_dir``; returns the link.

    Raises:
        ToolsMissing: a compiler is missing. BuildFailed: one gave up.
    """
    program = cached_program()
    if program.exists():
        say(f"influxd {VERSION} is in the cache: {program}")
    else:
        _build(program)
    paths = Paths.below(data_dir)
    paths.make_home()
    fresh = paths.home / f".influxd-{os.getpid()}"
    fresh.symlink_to(program.resolve())
    fresh.replace(paths.program)
    say(f"influxd {VERSION} is ready: {paths.program}")
    return paths.program


def _build(program: Path) -> None:
    started_s = time.monotonic()
    say(f"Building InfluxDB {VERSION} from source: about 5 minutes on two cores, once.")
    say("[1/4] compilers")
    tools = toolchain.find()
    program.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent.parent, prefix=".build-") as scratch:
        work = Path(scratch)
        environment = _environment(tools, work)
        for title, command in _steps(work):
            _run(title=title, command=command, environment=environment, log=work / "log")
        _keep(work / "influxd", program)
    say(f"built in {_elapsed(started_s)}: {program}")


def _steps(work: Path) -> list[tuple[str, list[str]]]:
    build = ["go", "build", "-v", *_FLAGS, "-o"]
    return [
        # Listing what influxd is linked from fetches exactly that: a third of the module graph.
        ("[2/4] modules", ["go", "list", "-deps", *_FLAGS[:4], _INFLUXD, _PKG_CONFIG]),
        ("[3/4] pkg-config wrapper for flux", [*build, str(work / "pkg-config"), _PKG_CONFIG]),
        ("[4/4] influxd", [*build, str(work / "influxd"), _INFLUXD]),
    ]


def _environment(tools: toolchain.Toolchain, work: Path) -> dict[str, str]:
    """What the compilers need; the user's own GOFLAGS and RUSTFLAGS stay out."""
    wrapper = work / "cap-lints"
    wrapper.write_text(_CAP_LINTS)
    wrapper.chmod(0o755)
    inherited = {k: v for k, v in os.environ.items() if k not in {"GOFLAGS", "RUSTFLAGS"}}
    ours = {
        "CGO_ENABLED": "1",
        "CC": tools.cc,
        "CXX": tools.cxx,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PKG_CONFIG": str(work / "pkg-config"),
        "RUSTC_WRAPPER": str(wrapper),
    }
    if tools.rust:
        ours["RUSTUP_TOOLCHAIN"] = tools.rust
    return inherited | ours


def _run(*, title: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Run one step with a line of progress; its output goes to ``log``."""
    say(title)
    started_s = time.monotonic()
    with log.open("w") as sink:
        process = subprocess.Popen(
            command, cwd=_SOURCE, env=dict(environment), stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            _watch(process, log, started_s)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise BuildFailed(f"{title}: `{' '.join(command[:2])}` failed:\n{last}")
    say(f"      done in {_elapsed(started_s)}")


def _watch(process: "subprocess.Popen[bytes]", log: Path, started_s: float) -> None:
    """Wait for the step; say where it is, in place on a terminal, else every 20 s."""
    terminal = sys.stdout.isatty()
    said_s = started_s
    while process.poll() is None:
        time.sleep(_POLL_S)
        now_s = time.monotonic()
        if terminal or now_s - said_s >= _REPORT_EVERY_S:
            said_s = now_s
            lines = log.read_text(errors="replace").splitlines()
            text = f"      {_elapsed(started_s)}  {len(lines)} steps  {lines[-1] if lines else ''}"
            say(f"\r{text:.100}\033[K" if terminal else text, end="" if terminal else "\n")
    if terminal:
        say("\r\033[K", end="")


def _keep(built: Path, program: Path) -> None:
    """Move the program into the cache in one step, after it has said its version."""
    said = subprocess.run([built, "version"], capture_output=True, text=True, check=False).stdout
    if VERSION not in said:
        raise BuildFailed(f"the influxd that was built says {said!r} instead of {VERSION}")
    shutil.rmtree(program.parent, ignore_errors=True)
    fresh = built.parent / "keep"
    fresh.mkdir()
    built.rename(fresh / "influxd")
    fresh.rename(program.parent)


def _elapsed(since_s: float) -> str:
    minutes, seconds = divmod(int(time.monotonic() - since_s), 60)
    return f"{minutes}:{seconds:02d}"


def say(text: str, *, end: str = "\n") -> None:
    print(text, end=end, flush=True)
