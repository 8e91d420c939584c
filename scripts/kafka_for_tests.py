"""The tests' Kafka comes by Maven, each jar as its hash says; without Java CI fails and says so."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from scripts.settings import ROOT
from scripts.setup import SetupError, apt_install
from scripts.usage import take_no_arguments

_POM: Final = ROOT / "scripts" / "kafka.pom.xml"
_HASHES: Final = ROOT / "scripts" / "kafka.sha256"  # as sha256sum writes and checks them
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_PROGRAMS: Final = ("java", "mvn")


def cached_jars() -> Path:
    """The directory where the jars lie, or would lie: its name covers what they are."""
    digest = hashlib.sha256(_HASHES.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "edgetwin" / f"kafka-{digest}"


def fetch() -> None:
    """Bring the jars into the user's cache unless they are there. Raises SetupError."""
    jars = cached_jars()
    if jars.is_dir():
        print(f"Kafka is in the cache: {jars}")
        return
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent, prefix=".kafka-") as scratch:
        fresh = Path(scratch) / "jars"
        _copy(fresh)
        _check(fresh)
        fresh.rename(jars)
    print(f"Kafka is ready: {jars}")


def _copy(jars: Path) -> None:
    command = [
        "mvn",
        "--batch-mode",
        "--quiet",
        "--file",
        str(_POM),
        _COPY,
        f"-DoutputDirectory={jars}",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=jars.parent)
    if done.returncode:
        raise SetupError(f"Maven cannot bring Kafka:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _check(jars: Path) -> None:
    wanted = dict(line.split()[::-1] for line in _HASHES.read_text().splitlines())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in jars.iterdir()}
    wrong = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    if wrong:
        raise SetupError(f"Maven brought other jars than {_HASHES.name} names: {', '.join(wrong)}")


def missing() -> list[str]:
    """What of Java and Maven this machine lacks."""
    return [name for name in _PROGRAMS if not shutil.which(name)]


def main() -> int:
    lacking = missing()
    if lacking and os.environ.get("CI"):
        print(f"Kafka's tests must run in CI, and {' and '.join(lacking)} is missing.")
        apt_install("maven")  # and Java with it
    elif lacking:
        print(
            f"NOTE Kafka cannot be had here: {' and '.join(lacking)} missing (apt-get install"
            " maven). The tests marked kafka will be skipped."
        )
        return 0
    fetch()
    return 0


if __name__ == "__main__":
    take_no_arguments()
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(str(error))
