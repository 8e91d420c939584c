"""`python -m scripts.install_service`: edgetwin as services of systemd, under a user of their own.

What it does is in docs/deploy.md; `--dry-run` says it and does nothing.
"""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.settings import ROOT

TEMPLATES: Final = ROOT / "deploy"
# ProtectHome and PrivateTmp hide these from the services.
_HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - not to be used
_USER: Final = "edgetwin"


class InstallError(Exception):
    """It cannot be installed; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where everything goes."""

    root: Path = ROOT
    data: Path = Path("/var/lib/edgetwin")
    settings: Path = Path("/etc/edgetwin/settings.env")
    units: Path = Path("/etc/systemd/system")
    user: str = _USER

    def rendered(self) -> dict[Path, str]:
        """Each unit's path and text."""
        words = {"root": self.root, "data": self.data, "user": self.user, "settings": self.settings}
        return {
            self.units / path.relative_to(TEMPLATES): _filled(path.read_text(), words)
            for path in sorted(TEMPLATES.rglob("*"))
            if path.is_file()
        }

    def check(self) -> None:
        """Raises InstallError where the services could not reach what they need."""
        for path in (self.data, self.root):
            if any(path.is_relative_to(hidden) for hidden in _HIDDEN):
                raise InstallError(
                    f"{path} is hidden from services: move edgetwin to /opt/edgetwin, run "
                    "`make setup` there, and install from there."
                )
            if any(letter in str(path) for letter in " \t%\"'"):
                raise InstallError(f"{path} has letters that systemd reads otherwise: rename it.")
        if not (self.root / ".venv" / "bin" / "python").exists():
            raise InstallError(f"{self.root} is not set up: run `make setup` there first.")


def _filled(text: str, words: dict[str, object]) -> str:
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", str(value))
    return text


Step = tuple[str, Callable[[], object]]


def steps(plan: Plan, *, devices: bool) -> Iterator[Step]:
    """What is to be done, in order: a sentence, and the deed."""
    if not _is_known(plan.user):
        yield f"create the user {plan.user}", lambda: _run(*_useradd(plan))
    yield f"make {plan.data}, for {plan.user} alone", lambda: _make_data_dir(plan)
    if not plan.settings.exists():
        yield f"write {plan.settings} (0640) from .env", lambda: _write_settings(plan)
    for path, text in plan.rendered().items():
        yield f"write {path}", lambda path=path, text=text: _write(path, text)  # type: ignore[misc]
    yield "systemctl daemon-reload", lambda: _run("systemctl", "daemon-reload")
    wanted = ["edgetwin.target", *(["edgetwin-devices.service"] if devices else [])]
    yield f"enable and start {', '.join(wanted)}", lambda: _start(wanted)


def _useradd(plan: Plan) -> Sequence[str]:
    return (
        "useradd", "--system", "--user-group", "--home-dir", str(plan.data),
        "--shell", "/usr/sbin/nologin", plan.user,
    )  # fmt: skip


def _is_known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _make_data_dir(plan: Plan) -> None:
    plan.data.mkdir(parents=True, exist_ok=True)
    plan.data.chmod(0o700)
    shutil.chown(plan.data, plan.user, plan.user)


def _write_settings(plan: Plan) -> None:
    plan.settings.parent.mkdir(parents=True, exist_ok=True)
    own = plan.root / ".env"
    plan.settings.touch(mode=0o640)
    plan.settings.write_text(own.read_text() if own.exists() else "")
    shutil.chown(plan.settings, "root", plan.user)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)


def _start(units: Sequence[str]) -> None:
    _run("systemctl", "enable", *units)
    _run("systemctl", "restart", *units)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise InstallError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def install(plan: Plan, *, devices: bool, dry_run: bool) -> None:
    """Do all steps, or say them.

    Raises:
        InstallError: something is in the way.
    """
    plan.check()
    if not dry_run and os.geteuid() != 0:
        raise InstallError("Run it as root: `sudo .venv/bin/python -m scripts.install_service`.")
    if not dry_run and shutil.which("systemctl") is None:
        raise InstallError("There is no systemd here: `make up` needs none.")
    for sentence, deed in steps(plan, devices=devices):
        print(f"would {sentence}" if dry_run else sentence)
        if not dry_run:
            deed()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.install_service", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--data-dir", type=Path, default=Plan.data, help="(%(default)s)")
    parser.add_argument("--user", default=_USER, help="whom the services run as (%(default)s)")
    parser.add_argument("--devices", action="store_true", help="emulated devices as well")
    args = parser.parse_args(argv)
    try:
        plan = Plan(data=args.data_dir.resolve(), user=args.user)
        install(plan, devices=args.devices, dry_run=args.dry_run)
    except (InstallError, OSError) as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
