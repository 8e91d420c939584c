"""A new release, from the broker to the other slot, while the device goes on reading.

command update ─▶ begin ─▶ fetch ─▶ broker ─▶ whoever serves the release
                            ▲                       │
slot ◀─ files ◀─ checked ◀──┴──── chunk ◀───────────┘

The device asks for each chunk and asks again for one that does not come. What it holds already, in
either slot, it does not ask for. Only when all is there and checked is the release put on trial.
"""

import asyncio
import binascii
import json
import os

from firmware.device import VERSION, release
from firmware.device.accepted import Accepted
from firmware.device.release import CHUNK_BYTES, HEAD_BYTES
from firmware.device.slots import NAMES, Slots, matches

_BLOCK_BYTES = 4096  # what the file system gives at least
_PATIENCE_S = 2.0
_MOST_ASKS = 60
_MOST_ATTEMPTS = 3
_BETWEEN_FILES_S = 0.02  # the sampler's turn
_FEW_POSTS = 4
_ACCEPTED = "accepted"  # beside the slots


def begin(settings):
    """What ``site.json`` and the slot this program is in allow: ``Updates`` or ``NoUpdates``."""
    key = settings.get("update_key", "")
    if not key:
        return NoUpdates("it was flashed without an update key")
    here = __file__.split("/")[1][-1]  # /slot-a/firmware/device/update.mpy
    if here not in NAMES:
        return NoUpdates("its program is in no slot")
    return Updates(
        slots=Slots(running=here), key=binascii.unhexlify(key), device=settings["device"]
    )


class NoUpdates:
    """A device whose program is exchanged otherwise; ``why`` it cannot be over the air."""

    subscriptions: tuple[str, ...] = ()
    version = VERSION

    def __init__(self, why: str) -> None:
        self._why = why

    def join(self, device) -> None:
        """Nothing is asked of the device."""

    def report(self):
        return None

    def begin(self, _args) -> None:
        """Raises ValueError, always."""
        raise ValueError("this device is not updated over the air: " + self._why)

    def take(self, message: bytes) -> None:
        """Nobody asked for it."""

    def works(self) -> None:
        """It was never in doubt."""

    def stop(self) -> None:
        """Nothing is under way."""


class Updates:
    """Receives releases for ``device`` that are signed with ``key``."""

    subscriptions: tuple[str, ...] = ("chunk",)

    def __init__(self, *, slots: Slots, key: bytes, device: str) -> None:
        self._slots = slots
        self._key = key
        self._name = device
        self._accepted = Accepted(slots.path(_ACCEPTED))
        self.version = slots.version(slots.running) or VERSION
        self._task: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()
        self._expected = b""  # how the chunk begins that is waited for
        self._size = 0
        self._data = b""

    def join(self, device) -> None:
        """``device`` has an uplink and a spool; it can announce itself and restart."""
        self._device = device

    def report(self):
        """What the birth says of the last update."""
        return self._slots.report()

    def works(self) -> None:
        """The gateway has acknowledged readings: a program on trial has passed."""
        if self._slots.on_trial and self._device.spool.last_seq:
            try:
                self._slots.good()
            except OSError:
                return  # on trial still; the next acknowledgement tries again
            self._device.announce()

    # ------------------------------------------------------------- the order

    def begin(self, args) -> None:
        """Check an update and start fetching it, in place of one that is under way.

        Raises:
            ValueError: it is refused; the text says why.
        """
        text, signature = args.get("manifest"), args.get("signature")
        manifest = release.verified(text, signature, self._key)
        release.check_identity(manifest, device=self._name, epoch=self._device.spool.epoch)
        if self._slots.on_trial:
            raise ValueError(self.version + " is on trial itself: wait until it has passed")
        number = signature[:16]
        self._check_order(manifest, number)
        self._check_room(manifest["files"])
        self._remember(manifest, number)
        self.stop()
        number = binascii.unhexlify(number)
        self._task = asyncio.create_task(self._carry_out(number, text, manifest["files"]))

    def _check_order(self, manifest, number: str) -> None:
        accepted = self._accepted
        if accepted.has(number):
            raise ValueError("this manifest was used before: send the release again")
        release.check_order(
            manifest,
            running=self.version,
            build=self._slots.build(self._slots.running),
            accepted=accepted.version,
            accepted_build=accepted.build,
        )

    def _remember(self, manifest, number: str) -> None:
        try:
            self._accepted.remember(number, version=manifest["version"], build=manifest["build"])
        except OSError as error:
            raise ValueError("the flash failed: " + str(error)) from None

    def _check_room(self, files) -> None:
        other = self._slots.path(self._slots.other)
        free = _free(other)
        if free is None:
            return
        free += sum(_rounded(os.stat(path)[6]) for path in _tree(other))
        need = sum(_rounded(size) for _path, size, _digest in files) + 2 * _BLOCK_BYTES
        if need > free:
            raise ValueError("no space: it needs %d bytes and there are %d" % (need, free))

    def stop(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    # ------------------------------------------------------------- the work

    async def _carry_out(self, number: bytes, text: str, files) -> None:
        try:
            await self._receive(number, files)
            self._slots.offer(text)
        except OSError as error:
            self._tell(number, {"error": "the flash failed: " + str(error)})
        except (ValueError, MemoryError) as error:
            self._tell(number, {"error": str(error)})
        else:
            self._tell(number, {"done": True})
            self._device.restart()

    def _tell(self, number: bytes, message) -> None:
        message["release"] = binascii.hexlify(number).decode()
        self._device.uplink.post("fetch", json.dumps(message).encode())

    async def _receive(self, number: bytes, files) -> None:
        """Make the other slot hold ``files`` and nothing else."""
        slots = self._slots
        here, there = slots.path(slots.running) + "/", slots.path(slots.other) + "/"
        slots.clear_mark()
        wanted = [there + path for path, _size, _digest in files]
        for path in _tree(there[:-1]):
            if path not in wanted:
                os.remove(path)
        for index, (path, size, digest) in enumerate(files):
            await asyncio.sleep(_BETWEEN_FILES_S)
            if matches(there + path, size, digest):
                continue  # from an attempt that was cut off
            _make_folders(there + path)
            if matches(here + path, size, digest):
                _copy(here + path, there + path)
                if matches(there + path, size, digest):
                    continue
            await self._fetch(number, index, there + path, size, digest)

    async def _fetch(self, number: bytes, index: int, path: str, size: int, digest: str) -> None:
        for _attempt in range(_MOST_ATTEMPTS):
            with open(path, "wb") as file:  # noqa: ASYNC230 - MicroPython has no other way
                for offset in range(0, size, CHUNK_BYTES):
                    length = min(CHUNK_BYTES, size - offset)
                    file.write(await self._chunk(number, index, offset, length))
            if matches(path, size, digest):
                return
        raise ValueError("%s arrived damaged %d times" % (path, _MOST_ATTEMPTS))

    async def _chunk(self, number: bytes, index: int, offset: int, length: int) -> bytes:
        """Ask for one chunk until it comes."""
        self._expected = release.head(number, index, offset)
        self._size = length
        for _ask in range(_MOST_ASKS):
            self._arrived.clear()
            if self._device.uplink.posts_waiting < _FEW_POSTS:
                self._tell(number, {"file": index, "offset": offset, "length": length})
            try:
                await asyncio.wait_for(self._arrived.wait(), _PATIENCE_S)
            except asyncio.TimeoutError:
                continue
            data, self._data = self._data, b""
            return data
        raise ValueError("nobody sent the release for %d s" % (_MOST_ASKS * _PATIENCE_S))

    def take(self, message: bytes) -> None:
        """A chunk came; one that was not asked for, or was asked for twice, is nothing."""
        if (
            self._expected
            and message[:HEAD_BYTES] == self._expected
            and len(message) == HEAD_BYTES + self._size
        ):
            self._expected = b""
            self._data = message[HEAD_BYTES:]
            self._arrived.set()


# ------------------------------------------------------------- files


def _free(path: str):
    """Bytes that are free; None where the port cannot tell."""
    try:
        status = os.statvfs(path.rsplit("/", 1)[0] or "/")
    except (AttributeError, OSError):
        return None
    return status[0] * status[3]


def _rounded(size: int) -> int:
    return (size + _BLOCK_BYTES - 1) // _BLOCK_BYTES * _BLOCK_BYTES


def _tree(folder: str) -> list[str]:
    """All files below ``folder``."""
    found: list[str] = []
    try:
        names = os.listdir(folder)
    except OSError:
        return found
    for name in names:
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            found.extend(_tree(path))
        else:
            found.append(path)
    return found


def _make_folders(path: str) -> None:
    parts = path.split("/")
    for count in range(2, len(parts)):
        try:
            os.mkdir("/".join(parts[:count]))
        except OSError:
            pass  # it is there


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as old, open(target, "wb") as new:
        while True:
            block = old.read(_BLOCK_BYTES)
            if not block:
                return
            new.write(block)
