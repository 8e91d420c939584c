"""Two copies of the program on one board, and the word which of them starts.

``/slot-a`` and ``/slot-b`` each hold the files of a release and, written last, ``release.json``:
its manifest. ``/slot-state`` says which is good and which is on trial. It is a small file with a
CRC, written beside and renamed into place, so whenever the power goes the board finds the old word
or the new one. A trial starts a few times at most; only the program itself can end it, by saying
that it works. A copy of this file, ``/selector.mpy``, stands outside the slots and is what the chip
starts: no update touches it, and it imports nothing of ours.
"""

import asyncio
import binascii
import hashlib
import json
import os
import sys

NAMES = ("a", "b")
MOST_TRIES = 3
TRIAL_S = 120  # how long a start on trial may take to get a reading acknowledged
MANIFEST = "release.json"
_STATE = "state"
_BLOCK = 1024
_MOST_REASON = 160
_ENDING_S = 5  # what a cancelled program may take to close its files


class Slots:
    """The slots ``<prefix>a`` and ``<prefix>b``; ``running`` is the one whose program asks.

    The selector asks without one, and has one when it has chosen.
    """

    def __init__(self, prefix: str = "/slot-", running: str = "") -> None:
        self._prefix = prefix
        self.running = running
        self._state = self._load()

    def path(self, name: str) -> str:
        return self._prefix + name

    @property
    def other(self) -> str:
        """The slot that may be written."""
        return NAMES[1 - NAMES.index(self.running)]

    @property
    def on_trial(self) -> bool:
        return bool(self.running) and self._state["trial"] == self.running

    def version(self, name: str) -> str:
        """What the slot's manifest calls itself; empty when there is none."""
        version = self._manifest(name).get("version")
        return version if isinstance(version, str) else ""

    def build(self, name: str) -> int:
        """When that version was made; 0 when the manifest does not say."""
        build = self._manifest(name).get("build")
        return build if type(build) is int else 0

    def _manifest(self, name: str):
        manifest = _json(self.path(name) + "/" + MANIFEST)
        return manifest if isinstance(manifest, dict) else {}

    def report(self) -> dict[str, str]:
        """What the birth says: this version is on trial, or good, or another was rolled back."""
        if self.on_trial:
            return {"state": "trial", "version": self.version(self.running)}
        if self._state["failed"]:
            return {
                "state": "rolled_back",
                "version": self._state["failed"],
                "reason": self._state["why"],
            }
        return {"state": "good", "version": self.version(self.running)}

    # ------------------------------------------------------------- the selector's

    def choose(self) -> str:
        """The slot to start now. Counts a start on trial before it happens.

        What cannot be counted is not tried: a flash that takes no more starts the good program.
        """
        state = self._state
        name: str = state["good"]
        if state["trial"]:
            try:
                if state["tries"] >= MOST_TRIES:
                    self._roll_back()
                else:
                    self._save(dict(state, tries=state["tries"] + 1))
                    name = state["trial"]
            except OSError:
                pass
        self.running = name
        return name

    def _roll_back(self) -> None:
        state = self._state
        why = state["why"] or "no reading was acknowledged in time"
        failed = self.version(state["trial"]) or "unknown"
        why = "%s (started %d times)" % (why, state["tries"])
        self._save(_record(state["good"], failed=failed, why=why))

    def note(self, why: str) -> None:
        """Why this start on trial failed; the last one is reported after the roll-back."""
        self.look_again()
        if self.on_trial:
            self._save(dict(self._state, why=why[:_MOST_REASON]))

    def look_again(self) -> None:
        """The program may have changed the state since."""
        self._state = self._load()

    # ------------------------------------------------------------- the program's

    def clear_mark(self) -> None:
        """The other slot is about to change: it is no release until it is ``offer``ed."""
        _remove(self.path(self.other) + "/" + MANIFEST)

    def offer(self, manifest: str) -> None:
        """The other slot is complete and checked: try it at the next start.

        Raises:
            OSError: the flash took it not; the present program stays.
        """
        _write(self.path(self.other) + "/" + MANIFEST, manifest.encode())
        self._save(dict(_record(self.running), trial=self.other))

    def good(self) -> None:
        """The running program works: from now on it is the one that starts.

        Raises:
            OSError: the flash took it not; it is still on trial.
        """
        if self.on_trial:
            self._save(_record(self.running))

    # ------------------------------------------------------------- the state

    def _load(self):
        """The newest whole word; without any, the first slot that is whole."""
        state = kept(self.path(_STATE), _is_right)
        if state is not None:
            return state
        whole = [name for name in NAMES if self.whole(name)]
        return _record(whole[0] if whole else NAMES[0])

    def _save(self, state) -> None:
        keep(self.path(_STATE), state)
        self._state = state

    def whole(self, name: str) -> bool:
        """Whether every file of the slot is there as its manifest has it."""
        manifest = _json(self.path(name) + "/" + MANIFEST)
        try:
            return all(
                matches(self.path(name) + "/" + path, size, digest)
                for path, size, digest in manifest["files"]
            )
        except (KeyError, TypeError, ValueError):
            return False


def _record(good: str, failed: str = "", why: str = ""):
    return {"good": good, "trial": "", "tries": 0, "failed": failed, "why": why}


def _is_right(state) -> bool:
    return (
        state["good"] in NAMES
        and state["trial"] in ("",) + NAMES  # noqa: RUF005 - MicroPython: no star in a tuple
        and state["trial"] != state["good"]
        and isinstance(state["tries"], int)
        and isinstance(state["failed"], str)
        and isinstance(state["why"], str)
    )


def keep(path: str, state) -> None:
    """Write ``state`` beside ``path`` and rename it; OSError: what was kept before still is."""
    text = json.dumps(state).encode()
    _write(path + ".new", b"%08x" % binascii.crc32(text) + text)
    os.rename(path + ".new", path)


def kept(path: str, is_right):
    """What was kept last and ``is_right``; None where there is none that is whole."""
    for name in (path, path + ".new"):
        state = _parse(_read(name), is_right)
        if state is not None:
            return state
    return None


def _parse(data: bytes, is_right):
    try:
        if int(data[:8].decode(), 16) != binascii.crc32(data[8:]):
            return None
        state = json.loads(data[8:])
        return state if is_right(state) else None
    except (KeyError, TypeError, ValueError):
        return None


# ------------------------------------------------------------- files


def matches(path: str, size: int, digest: str) -> bool:
    """Whether the file is there with this size and SHA-256 (hex)."""
    sha = hashlib.sha256()
    try:
        if os.stat(path)[6] != size:
            return False
        with open(path, "rb") as file:
            while True:
                block = file.read(_BLOCK)
                if not block:
                    return binascii.hexlify(sha.digest()).decode() == digest
                sha.update(block)
    except OSError:
        return False


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _json(path: str):
    try:
        return json.loads(_read(path))
    except ValueError:
        return None


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        pass  # it was not there


# ------------------------------------------------------------- starting


async def supervise(slots: Slots, start, *, say, trial_s: float = TRIAL_S) -> None:
    """Run the chosen slot's program until the board is to restart.

    ``start`` imports the program and returns its coroutine; the slot is first in ``sys.path`` by
    then. Whatever a program on trial does, short of blocking for ever (for that there is the
    watchdog), this returns: it failed, or its time was up and it had a moment to close its files.
    """
    slots.choose()
    sys.path.insert(0, slots.path(slots.running))
    if slots.on_trial:
        say("slot " + slots.running + " is on trial: " + slots.version(slots.running))
    over = asyncio.Event()
    try:
        program = asyncio.create_task(_until_it_ends(start(), over))
        guard = asyncio.create_task(_end_in_time(slots, program, trial_s, over))
        await over.wait()
        guard.cancel()
        if program.done():
            await program  # raises what ended it
        else:
            say("the trial's time is up, and the program does not end")
    except asyncio.CancelledError:
        say("the trial's time is up")
    except Exception as error:  # noqa: BLE001 - whatever a new program raises, the board goes on
        if hasattr(sys, "print_exception"):  # MicroPython's
            sys.print_exception(error)
        say("the program ended: " + repr(error))
        slots.note(repr(error))


async def _until_it_ends(program, over) -> None:
    try:
        await program
    finally:
        over.set()


async def _end_in_time(slots: Slots, program, trial_s: float, over) -> None:
    await asyncio.sleep(trial_s)
    slots.look_again()
    if slots.on_trial:
        program.cancel()
        await asyncio.sleep(_ENDING_S)
        over.set()
