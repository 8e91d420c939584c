"""A release in, a device that runs it out, or the reason why it does not.

offer (signed manifest) ─▶ serve (chunks the device asks for) ─▶ verdict (good, or rolled back)
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from firmware.device import release as wire
from firmware.device import slots
from firmware.errors import UpdateError
from firmware.line import Line
from firmware.release import Release

_ANSWER_S = 20.0
_RETAINED_S = 2.0
_SILENCE_S = 130.0  # the device gives up after 120 s without a chunk
_VERDICT_S = slots.MOST_TRIES * (slots.TRIAL_S + 30.0) + 30.0
_MOST_OFFERS = 5  # a device that starts again meanwhile wants a manifest for its new epoch


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: for the answer, for the next request, for the verdict."""

    answer_s: float = _ANSWER_S
    silence_s: float = _SILENCE_S
    verdict_s: float = _VERDICT_S


class Transfer:
    """One device and the release it is to run.

    ``say`` is told what happens, ``progress`` the share of the release that the device has passed.
    """

    def __init__(
        self,
        *,
        line: Line,
        device: str,
        key: bytes,
        say: Callable[[str], None],
        progress: Callable[[float], None],
        patience: Patience | None = None,
    ) -> None:
        self._line = line
        self._device = device
        self._key = key
        self._say = say
        self._progress = progress
        self._patience = patience or Patience()
        self._status = ""
        self.birth: dict[str, Any] = {}

    # ---------------------------------------------------------------- before

    def find(self) -> str:
        """The type of machine the device is on.

        Raises:
            UpdateError: nobody has heard of it, or it is offline.
        """
        deadline_s = time.monotonic() + _RETAINED_S
        while not (self.birth and self._status) and self._next(deadline_s) is not None:
            pass
        if not self.birth:
            raise UpdateError(
                f"{self._device} has never reported here: is the name right, and the site?"
            )
        self._expect_online()
        return str(self.birth.get("asset", ""))

    def _expect_online(self) -> None:
        if self._status == "offline":
            raise UpdateError(f"{self._device} is offline: try again when it is back.")

    def _next(self, deadline_s: float) -> tuple[str, Any] | None:
        """What comes next, None at the deadline; births and statuses are kept."""
        arrived = self._line.receive(within_s=deadline_s - time.monotonic())
        if arrived is not None and arrived[0] == "birth":
            self.birth = arrived[1]
        elif arrived is not None and arrived[0] == "status":
            self._status = arrived[1]
        return arrived

    def _within(self, seconds: float) -> Iterator[tuple[str, Any]]:
        """All that comes within ``seconds``."""
        deadline_s = time.monotonic() + seconds
        while (arrived := self._next(deadline_s)) is not None:
            yield arrived

    # ---------------------------------------------------------------- the update

    def carry_out(self, release: Release, *, force: bool) -> None:
        """Bring ``release`` to the device and wait until it works there.

        Raises:
            UpdateError: it refuses, goes away, or has rolled back; the text says why.
        """
        if release.version == self.birth.get("firmware") and not force:
            self._say(f"{self._device} runs {release.version} already")
            return
        for _offer in range(_MOST_OFFERS):
            epoch = self.birth.get("epoch", "")
            number = self._offer(release, epoch=epoch, force=force)
            if number and self._serve(release, number, epoch=epoch):
                self._await_verdict(release, epoch=epoch)
                return
            self._say(f"{self._device} has started again: sending what it lacks")
        raise UpdateError(f"{self._device} started {_MOST_OFFERS} times: is its supply sound?")

    def _offer(self, release: Release, *, epoch: str, force: bool) -> bytes:
        """The number of what was offered; empty when the device started again meanwhile."""
        text = release.manifest(device=self._device, epoch=epoch, force=force)
        signature = wire.sign(self._key, text.encode())
        args = {"manifest": text, "signature": signature}
        command = self._line.command("update", args, within_s=self._patience.answer_s)
        for kind, content in self._within(self._patience.answer_s):
            if kind == "result" and content.get("id") == command:
                if self.birth.get("epoch", "") != epoch:
                    return b""
                if not content.get("ok"):
                    raise UpdateError(self._refusal(str(content.get("error"))))
                return bytes.fromhex(signature[:16])
            if kind == "birth" and content.get("epoch") != epoch:
                return b""
        self._expect_online()
        raise UpdateError(
            f"{self._device} did not answer within {self._patience.answer_s:g} s. May this login "
            "send commands?"
        )

    def _refusal(self, why: str) -> str:
        hint = " (--force)" if "must be forced" in why else ""
        return f"{self._device} refused: {why}{hint}"

    def _serve(self, release: Release, number: bytes, *, epoch: str) -> bool:
        """Send the chunks it asks for; whether it has all. False: it started again meanwhile."""
        deadline_s = time.monotonic() + self._patience.silence_s
        while (arrived := self._next(deadline_s)) is not None:
            kind, content = arrived
            if kind == "birth" and content.get("epoch") != epoch:
                return False
            if kind == "fetch" and content.get("release") == number.hex():
                if "error" in content:
                    raise UpdateError(f"{self._device} gave up: {content['error']}")
                if content.get("done"):
                    self._progress(1.0)
                    return True
                self._send_chunk(release, number, content)
                deadline_s = time.monotonic() + self._patience.silence_s
        self._expect_online()
        raise UpdateError(f"{self._device} has stopped asking for the release.")

    def _send_chunk(self, release: Release, number: bytes, ask: dict[str, Any]) -> None:
        contents = list(release.files.values())
        index, offset, length = ask.get("file"), ask.get("offset"), ask.get("length")
        if not (isinstance(index, int) and isinstance(offset, int) and isinstance(length, int)):
            return
        if not (0 <= index < len(contents) and offset >= 0 and 0 < length <= wire.CHUNK_BYTES):
            return
        data = contents[index][offset : offset + length]
        self._line.send("chunk", wire.head(number, index, offset) + data)
        passed = sum(map(len, contents[:index])) + offset + len(data)
        self._progress(passed / max(1, release.total))

    def _await_verdict(self, release: Release, *, epoch: str) -> None:
        """Wait for the birth that says how the trial ended."""
        self._say(f"{self._device} has all of {release.version} and starts it")
        if self._judged(release, epoch):
            return
        for kind, _content in self._within(self._patience.verdict_s):
            if kind == "birth" and self._judged(release, epoch):
                return
        raise UpdateError(
            f"{self._device} has not come back within {self._patience.verdict_s / 60:.0f} minutes. "
            "It goes back to its old program by itself; docs/boards.md tells what its lamp means."
        )

    def _judged(self, release: Release, epoch: str) -> bool:
        """Whether the last birth says that the release works.

        Raises:
            UpdateError: it says that something else runs now.
        """
        if self.birth.get("epoch") == epoch:
            return False
        running = self.birth.get("firmware")
        report = self.birth.get("update")
        state = report.get("state") if isinstance(report, dict) else None
        if state == "rolled_back" and isinstance(report, dict):
            raise UpdateError(
                f"{self._device} is back at {running}: {report.get('version')} failed, "
                f"{report.get('reason')}."
            )
        if running != release.version:
            raise UpdateError(f"{self._device} runs {running}, not {release.version}.")
        if state == "trial":
            self._say(f"{running} is on trial until the gateway acknowledges its readings")
        return state == "good"
