"""What a fresh machine lacks goes in: virtual environment, node modules, Mosquitto.

Runs on the system's Python with the standard library alone, because nothing else is there yet.
Each step leaves a stamp with the hash of its lock file, so a second run takes no time.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")  # not on an ordinary user's PATH in Debian
DENSE = "dense.mjs"  # compresses what the dashboard's pages load
NODE_MAJOR = 18
STAMP = ".edgetwin-lock"
KINDS = ("", "boards", "dev")  # of lock files; each holds what the one before it does


class SetupError(Exception):
    """A step cannot be done; the text says what the user can do about it."""


def say(text: str) -> None:
    # One write, line end included: steps that run side by side both speak.
    sys.stdout.write(f"setup      │ {text}\n")
    sys.stdout.flush()


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command quietly.

    Raises:
        SetupError: it failed; carries the end of what it printed.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        line = " ".join(str(part) for part in command)
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise SetupError(f"{line} failed with exit code {done.returncode}:\n{tail}")


def find(program: str) -> str | None:
    """The path of ``program``, also in the directories of system daemons."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *SBIN)))


def digest(lock: Path) -> str:
    """What a stamp holds: the lock's hash and the interpreter it was installed for."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {version}"


def once(*, what: str, stamp: Path, lock: Path, step: Callable[[], None]) -> None:
    """Do ``step`` unless ``stamp`` says that it was done for this very ``lock``."""
    wanted = digest(lock)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say(f"{what} …")
    began_s = time.monotonic()
    step()
    stamp.write_text(wanted)
    say(f"{what}: done in {time.monotonic() - began_s:.0f} s")


# ---------------------------------------------------------------- apt


def apt_install(*packages: str) -> None:
    """Install Debian packages, with sudo where we are not root.

    Raises:
        SetupError: no apt-get, no way to become root, or apt itself failed.
    """
    names = " ".join(packages)
    if not find("apt-get"):
        raise SetupError(f"This machine has no apt-get: install {names} with its own packager.")
    say(f"installing {names} with apt …")
    command = (*as_root(names), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    install = (*command, "install", "-y", "--no-install-recommends", *packages)
    try:
        run(*install)
    except SetupError:  # a fresh image has no package lists yet
        run(*command, "update")
        run(*install)


def as_root(names: str) -> tuple[str, ...]:
    if os.geteuid() == 0:
        return ()
    if find("sudo"):
        subprocess.run(["sudo", "-v"], check=False)  # asks for the password on the terminal
        return ("sudo", "-n")
    raise SetupError(f"apt needs root and there is no sudo: as root run `apt-get install {names}`.")


# ---------------------------------------------------------------- steps


def make_venv() -> None:
    if not importlib.util.find_spec("ensurepip"):  # Debian keeps it in a package of its own
        apt_install(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    # --clear also heals a half-made environment, as an interrupted first run leaves it.
    run(sys.executable, "-m", "venv", "--clear", VENV)


def pinned(name: str, lock: Path) -> str:
    """The lines of one package in a hashed lock file."""
    lines = lock.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = next((i for i in range(start + 1, len(lines)) if lines[i][:1].strip()), len(lines))
    return "\n".join(lines[start:end]) + "\n"


def install_locked(lock: Path) -> None:
    """Install exactly what ``lock`` names: with uv (2.5 x as fast here), or else with pip."""
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    checked = ("--no-deps", "--require-hashes", "-r")
    uv_lock = VENV / "uv.txt"
    uv_lock.write_text(pinned("uv", ROOT / "requirements-dev.txt"))
    try:
        run(*pip, *checked, uv_lock)
        uv = (VENV / "bin" / "uv", "pip", "install", "-q", "--python", PYTHON)
        run(*uv, "--compile-bytecode", *checked, lock)
    except SetupError as error:
        say(f"uv cannot install here, pip takes over ({str(error).splitlines()[-1]})")
        run(*pip, *checked, lock)


def python_packages(*, wanted: str = "") -> None:
    """Bring .venv up to a lock file; what more there is stays.

    ``wanted`` is "", "boards" or "dev": each holds what the one before it does.
    """
    kinds = KINDS[KINDS.index(wanted) :]
    chosen = next((kind for kind in reversed(kinds) if kind and is_there(kind)), wanted)
    stamp, lock = stamp_of(chosen), lock_of(chosen)

    def step() -> None:
        if not (PYTHON.exists() and works(PYTHON)):
            make_venv()
        install_locked(lock)

    once(what="Python packages", stamp=stamp, lock=lock, step=step)


def stamp_of(kind: str) -> Path:
    return VENV / (f"{STAMP}-{kind}" if kind else STAMP)


def lock_of(kind: str) -> Path:
    return ROOT / (f"requirements-{kind}.txt" if kind else "requirements.txt")


def is_there(kind: str) -> bool:
    """Whether .venv holds just what the lock of ``kind`` names."""
    stamp = stamp_of(kind)
    return stamp.is_file() and stamp.read_text() == digest(lock_of(kind))


def works(python: Path) -> bool:
    """Whether an interpreter of our own version and pip are behind ``python``."""
    check = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    done = subprocess.run([str(python), "-c", check], check=False, capture_output=True)
    return done.returncode == 0


def node_packages(folder: Path) -> None:
    """``npm ci`` in one folder, if it has a lock file."""
    lock = folder / "package-lock.json"
    if not lock.is_file():
        return
    once(
        what=f"Node packages of {folder.name}/",
        stamp=folder / "node_modules" / STAMP,
        lock=lock,
        step=lambda: run("npm", "ci", "--no-audit", "--no-fund", cwd=folder),
    )
    if (folder / DENSE).is_file():  # not yet where an image is made; what is there stays
        run("node", DENSE, cwd=folder)


def check_node() -> None:
    """Raises SetupError unless npm and a Node.js that is young enough are there."""
    node = find("node")
    if not node or not find("npm"):
        raise SetupError(
            f"Node.js {NODE_MAJOR} or later with npm is needed for the dashboard: "
            "`apt-get install nodejs npm`, or https://nodejs.org/en/download"
        )
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True)
    major = int(version.stdout.strip().lstrip("v").split(".")[0])
    if major < NODE_MAJOR:
        raise SetupError(f"{node} is {version.stdout.strip()}; {NODE_MAJOR} or later is needed.")


def mosquitto() -> None:
    """Install Mosquitto where there is none, and not its system service on port 1883."""
    if find("mosquitto"):
        return
    apt_install("mosquitto")
    with_systemd = Path("/run/systemd/system").is_dir()
    stop = "systemctl disable --now mosquitto" if with_systemd else "service mosquitto stop"
    subprocess.run([*as_root("mosquitto"), *stop.split()], check=False, capture_output=True)


def clients() -> None:
    """Install the commands that the README shows, where they are missing."""
    missing = {"mosquitto_pub": "mosquitto-clients", "curl": "curl"}
    packages = [package for command, package in missing.items() if not find(command)]
    try:
        if packages:
            apt_install(*packages)
    except SetupError as error:  # edgetwin itself runs without them
        say(str(error))


def chromium() -> None:
    """Install the browser of the dashboard's tests where there is none."""
    if not (find("chromium") or find("chromium-browser") or find("google-chrome")):
        apt_install("chromium")


def compilers() -> None:
    """Install what the tests compile the Arduino sketch with, for this host and for the board."""
    if not find("g++"):
        apt_install("g++")
    if not find("arm-none-eabi-g++"):
        apt_install("gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "libstdc++-arm-none-eabi-dev")


def systemd() -> None:
    """Install what judges the units of `deploy/` where there is none, in a container say."""
    if not find("systemd-analyze"):
        apt_install("systemd")


def at_once(steps: Iterable[Callable[[], None]]) -> None:
    """Run steps side by side: one waits for the network while another unpacks."""
    with ThreadPoolExecutor() as pool:
        for step in [pool.submit(step) for step in steps]:
            step.result()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.setup", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--dev", action="store_true", help="also what `make test` needs")
    parser.add_argument("--boards", action="store_true", help="only what flashes boards")
    given = parser.parse_args(arguments)
    dev = given.dev
    folders = [ROOT / "node-red", *([ROOT / "firmware"] if dev else [])]
    try:
        if given.boards:
            python_packages(wanted="boards")
            return 0
        check_node()
        mosquitto()
        clients()
        if dev:
            chromium()
            compilers()
            systemd()
        node_steps = [partial(node_packages, folder) for folder in folders]
        at_once([partial(python_packages, wanted="dev" if dev else ""), *node_steps])
    except SetupError as error:
        print(f"setup      │ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
