"""The power goes at each operation on the files of an update; the board always starts a whole slot.

The same code as on the board, under CPython. What was written and not yet flushed is lost, or half
of it is.
"""

import asyncio
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from firmware.device import release as wire
from firmware.device import slots, update
from firmware.device.slots import MANIFEST, Slots
from firmware.device.update import Updates
from firmware.release import Release

KEY = bytes(32)
EPOCH = "0000abcd-1"
_FIRST = {
    "firmware/__init__.py": b"",
    "firmware/same.py": b"same" * 100,
    "firmware/device/gone.py": b"gone",
    "firmware/device/app.py": b"old" * 3000,
}
_SECOND = {
    "firmware/__init__.py": b"",
    "firmware/same.py": b"same" * 100,
    "firmware/device/app.py": b"new" * 3000,
    "firmware/device/sensors/more.py": b"more",
}
OLD = Release(version="1.0.0", files=_FIRST, build=100)
NEW = Release(version="1.1.0", files=_SECOND, build=200)


class PowerCut(Exception):
    """Nothing runs any more."""


class Disk:
    """Counts changes; at number ``last`` the power goes, and later ones find it gone."""

    def __init__(self, last: int, *, tear: bool) -> None:
        self._last = last
        self._tear = tear
        self.count = 0

    def change(self) -> None:
        self.count += 1
        if self.count >= self._last:
            raise PowerCut

    def open(self, path: str, mode: str = "r") -> Any:
        if "w" in mode:
            self.change()
        file = Path(path).open(mode)  # noqa: SIM115 - handed on
        return _File(file, self) if "w" in mode else file

    def os(self) -> SimpleNamespace:
        def changing(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                self.change()
                return function(*given)

            return call

        names = ("remove", "rename", "mkdir")
        changes = {name: changing(getattr(os, name)) for name in names}
        return SimpleNamespace(stat=os.stat, listdir=os.listdir, statvfs=os.statvfs, **changes)

    @property
    def tears(self) -> bool:
        return self._tear


class _File:
    """Of what is written, nothing is on the disk before it is closed or flushed."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file = file
        self._disk = disk
        self._pending = b""

    def write(self, data: bytes) -> None:
        self._pending += data
        try:
            self._disk.change()
        except PowerCut:
            if self._disk.tears:
                self._file.write(self._pending[: len(self._pending) // 2])
            self._file.close()
            raise

    def flush(self) -> None:
        self._disk.change()
        self._file.write(self._pending)
        self._pending = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._file.close()


class Post:
    """A device whose uplink answers each fetch with the chunk, as a host would."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self.spool = SimpleNamespace(epoch=EPOCH, last_seq=1)
        self.uplink = SimpleNamespace(post=self._post, posts_waiting=0)
        self.told: list[dict[str, Any]] = []
        self.ended = asyncio.Event()
        self.updates: Any = None

    def _post(self, _kind: str, payload: bytes) -> None:
        ask = json.loads(payload)
        if "file" not in ask:
            self.told.append(ask)
            self.ended.set()
            return
        data = list(self._release.files.values())[ask["file"]]
        chunk = data[ask["offset"] : ask["offset"] + ask["length"]]
        head = wire.head(bytes.fromhex(ask["release"]), ask["file"], ask["offset"])
        asyncio.get_running_loop().call_soon(self.updates.take, head + chunk)

    def restart(self) -> None:
        """The test does."""

    def announce(self) -> None:
        """Nobody listens."""


def install(start: str, release: Release) -> None:
    content = {"version": release.version, "build": release.build, "files": release.listed()}
    for path, data in {**release.files, MANIFEST: json.dumps(content).encode()}.items():
        target = Path(start + "a", path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


async def receive(start: str, release: Release) -> list[dict[str, Any]]:
    """An update of the board at ``start``, as far as the power lasts."""
    running = Slots(start, Slots(start).choose())
    updates = Updates(slots=running, key=KEY, device="fan-01")
    post = Post(release)
    post.updates = updates
    updates.join(post)
    text = release.manifest(device="fan-01", epoch=EPOCH)
    updates.begin({"manifest": text, "signature": wire.sign(KEY, text.encode())})
    task = updates._task
    assert task is not None
    await task
    return post.told


def check_whole(start: str) -> str:
    """Start the board; returns the version of what it starts, every byte of which is right."""
    slots = Slots(start, Slots(start).choose())
    version = slots.version(slots.running)
    wanted = {OLD.version: OLD, NEW.version: NEW}[version]
    folder = Path(slots.path(slots.running))
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    assert found == wanted.files
    return version


def powered(monkeypatch: pytest.MonkeyPatch, disk: Disk) -> None:
    for module in (slots, update):
        monkeypatch.setattr(module, "open", disk.open, raising=False)
        monkeypatch.setattr(module, "os", disk.os())
    monkeypatch.setattr(update, "_BETWEEN_FILES_S", 0)


def is_cut(monkeypatch: pytest.MonkeyPatch, disk: Disk, work: Callable[[], object]) -> bool:
    """Whether the power goes before ``work`` is done."""
    powered(monkeypatch, disk)
    try:
        work()
    except PowerCut:
        return True
    finally:
        monkeypatch.undo()
    return False


def update_to_new(start: str) -> None:
    asyncio.run(receive(start, NEW))


def full(path: str, mode: str = "r") -> Any:
    """``open`` on a flash without room."""
    if "w" in mode:
        raise OSError(28, "No space left on device")
    return Path(path).open(mode)


@pytest.mark.slow
@pytest.mark.parametrize("tear", [False, True])
def test_a_cut_at_each_operation_leaves_a_whole_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tear: bool
) -> None:
    versions = []
    for last in range(1, 200):
        start = f"{tmp_path}/{last}-slot-"
        install(start, OLD)
        disk = Disk(last, tear=tear)
        if not is_cut(monkeypatch, disk, partial(update_to_new, start)):
            break
        versions.append(check_whole(start))
        powered(monkeypatch, Disk(10_000, tear=False))
        if versions[-1] == OLD.version:  # the next attempt takes up what is there
            (answer,) = asyncio.run(receive(start, NEW))
            assert answer["done"]
        monkeypatch.undo()
        assert check_whole(start) == NEW.version
    assert len(versions) > 20
    assert versions == sorted(versions)  # the old one, until the last word is written
    assert check_whole(start) == NEW.version


def test_a_flash_that_is_full_is_an_answer_and_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = f"{tmp_path}/slot-"
    install(start, OLD)
    monkeypatch.setattr(update, "open", full, raising=False)
    (answer,) = asyncio.run(receive(start, NEW))
    assert "No space left" in answer["error"]
    assert check_whole(start) == OLD.version


def test_a_release_that_cannot_fit_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = f"{tmp_path}/slot-"
    install(start, OLD)
    monkeypatch.setattr(update, "_free", lambda _path: 3 * 4096)
    disk = Disk(1, tear=False)
    powered(monkeypatch, disk)
    monkeypatch.setattr(update, "_free", lambda _path: 3 * 4096)
    with pytest.raises(ValueError, match="no space: it needs"):
        asyncio.run(receive(start, NEW))
    assert disk.count == 0


def test_chunks_nobody_asked_for_are_nothing(tmp_path: Path) -> None:
    start = f"{tmp_path}/slot-"
    install(start, OLD)

    async def main() -> None:
        updates = Updates(slots=Slots(start, "a"), key=KEY, device="fan-01")
        for rubbish in (b"", bytes(14), bytes(4110), b"x" * 20_000):
            updates.take(rubbish)
        assert not updates._arrived.is_set()

    asyncio.run(main())
