"""The files at the top: lock files, Makefile, compose file and CI entry are what they promise."""

import fnmatch
import json
import os
import re
import subprocess
import tomllib
from pathlib import PurePosixPath

import pytest

from scripts.settings import ROOT

LOCKS = ("requirements.txt", "requirements-boards.txt", "requirements-dev.txt")
NODE_LOCKS = ("node-red/package-lock.json", "firmware/package-lock.json")
TARGETS = {
    *("up", "down", "status", "boards", "influx"),
    *("test", "check", "bench", "format", "lock", "clean"),
}


def entries(lock: str) -> list[str]:
    """Each package of a lock file with the lines that belong to it."""
    return re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    for entry in entries(lock):
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_is_named_in_a_python_lock(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "index" not in re.sub(r"\S+==\S+", "", text)


@pytest.mark.parametrize("lock", NODE_LOCKS)
def test_no_registry_is_named_in_a_node_lock_and_all_is_hashed(lock: str) -> None:
    packages = json.loads((ROOT / lock).read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        if name and not package.get("inBundle"):  # the package that brings it is hashed
            assert package["integrity"].startswith("sha512-"), name


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    locked = {entry.split("==")[0] for entry in entries("requirements-dev.txt")}
    assert names - {"edgetwin"} <= locked  # an extra may name another of our own


def test_all_locks_agree() -> None:
    heads = [{entry.split()[0] for entry in entries(lock)} for lock in LOCKS]
    assert heads[0] <= heads[1] <= heads[2]


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    assert {row[1] for row in rows} == TARGETS | {"help"}
    assert all(len(row) == 3 for row in rows)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_target_can_be_planned(target: str) -> None:
    subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_make_refuses_an_old_python_with_a_hint() -> None:
    done = subprocess.run(
        ["make", "up", "PYTHON=false"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode
    assert "edgetwin needs Python 3.11 or later" in done.stdout


def test_ci_runs_make_test_and_tolerates_no_skip() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in text
    assert "nothing_skipped" in text


def ignored(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line.rstrip("/") for line in lines if line and line[0] not in "#!"]


def test_what_git_does_not_get_docker_does_not_get_either() -> None:
    """Secrets and data; caches are caught by a wider pattern."""
    docker = {pattern.removeprefix("**/") for pattern in ignored(".dockerignore")}
    for pattern in ignored(".gitignore"):
        caught = any(fnmatch.fnmatch(pattern, wider) for wider in docker)
        assert caught or pattern == "*.pyc", pattern


@pytest.mark.parametrize(
    "path",
    ["site.toml", "boards/site.toml", "firmware/uno_r4/arduino_secrets.h", ".env", "deploy/.env",
     "ca.pem", "boards/tls/broker.pem", "broker.key", "keys/fan-01"],
)  # fmt: skip
def test_no_secret_gets_into_an_image_wherever_it_lies(path: str) -> None:
    patterns = ignored(".dockerignore")
    parts = PurePosixPath(path).parts
    anywhere = [pattern.removeprefix("**/") for pattern in patterns if pattern.startswith("**/")]
    assert any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in anywhere)


def test_the_image_runs_as_a_user_of_its_own() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1:] == ["edgetwin"]


def test_nothing_but_loopback_is_published_by_compose() -> None:
    published = re.findall(
        r'^ +- "([^"]+:\d+)"$', (ROOT / "docker-compose.yml").read_text(), re.MULTILINE
    )
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
