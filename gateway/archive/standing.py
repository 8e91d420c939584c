"""How the archive does: what could not be archived, what is damaged, and how much there is."""

import logging
import re
from collections.abc import Callable, Collection
from typing import Final

from contract.messages import DependencyStatus
from gateway.archive.layout import ARCHIVE, ENDING

log = logging.getLogger(__name__)

AGAIN_MS: Final = 600_000  # after which a day that could not be written is tried again
_TOLD: Final = 3  # troubles in one sentence

_FILE: Final = re.compile(rf"{ARCHIVE}/\S+?\{ENDING}")

_Key = tuple[int, int]  # device id, day


class Standing:
    """Written by the rounds, read by whoever asks for the health. Event loop, or its threads."""

    def __init__(self, now_ms: Callable[[], int], *, is_on: bool = True) -> None:
        self.now_ms = now_ms
        self._is_on = is_on
        self._refused: dict[_Key, tuple[str, int]] = {}
        self._damaged: dict[_Key, str] = {}
        self._suspected: dict[str, str] = {}  # file → a sentence
        self._failure = ""
        self._budget = ""
        self._since_ms = now_ms()
        self._was_ok = True
        self._has_looked = False
        self.days = 0
        self.size = 0

    def fail(self, error: str) -> None:
        """A round could not be done."""
        if error != self._failure:
            log.warning("archive: %s", error)
        self._failure = error

    def refuse(self, device_id: int, day_ms: int, error: str) -> None:
        """A day could not be written; it stays in the journal."""
        log.error("archive: %s", error)
        self._refused[device_id, day_ms] = error, self.now_ms()

    def forget_all_but(self, due: Collection[_Key]) -> None:
        """Of what could not be written only these days are wanted still."""
        self._refused = {key: told for key, told in self._refused.items() if key in due}

    def rests(self, device_id: int, day_ms: int) -> bool:
        """Whether it was tried a short time ago."""
        found = self._refused.get((device_id, day_ms))
        return found is not None and 0 <= self.now_ms() - found[1] < AGAIN_MS

    def succeed(self, device_id: int, day_ms: int) -> None:
        """A day is in its place."""
        self._refused.pop((device_id, day_ms), None)
        self._failure = ""

    def note(self, *, days: int, size: int, damaged: dict[_Key, str], budget: str = "") -> None:
        """What the ledger says after a round, and what is to be told of the budget."""
        self._has_looked = True
        self.days, self.size, self._damaged, self._budget = days, size, damaged, budget
        self._failure = ""

    def suspect(self, told: str) -> None:
        """Somebody could not read what a sentence names. Any thread may call."""
        for file in _FILE.findall(told):
            self._suspected[file] = told if told.startswith(file) else f"{file} cannot be read."

    @property
    def suspected(self) -> list[str]:
        """The files that are to be looked at, as people are told of them."""
        return list(self._suspected)

    def learn(self, device_id: int, day_ms: int, fault: str | None) -> None:
        """A file was looked at: what is wrong with it, if anything is."""
        if fault is None:
            self._damaged.pop((device_id, day_ms), None)
        else:
            self._damaged[device_id, day_ms] = fault

    def trust(self, looked_at: Collection[str]) -> None:
        """These were looked at, and are known by now if anything is wrong."""
        for file in looked_at:
            self._suspected.pop(file, None)

    @property
    def damaged(self) -> int:
        """How many files cannot be read."""
        return len(self._damaged)

    def status(self) -> DependencyStatus:
        """Of ``/health``."""
        troubles = list(self._damaged.values())
        troubles += [
            text
            for file, text in list(self._suspected.items())
            if not any(each.startswith(file) for each in self._damaged.values())
        ]
        troubles += [text for text, _ in self._refused.values()]
        troubles += [self._failure] if self._failure else []
        is_ok = not troubles
        if is_ok != self._was_ok:
            self._was_ok, self._since_ms = is_ok, self.now_ms()
        if is_ok:
            return DependencyStatus("ok" if self._is_on else "off", self._detail(), self._since_ms)
        more = len(troubles) - _TOLD
        detail = " ".join(troubles[:_TOLD]) + (f" And {more} more." if more > 0 else "")
        return DependencyStatus("down", detail, self._since_ms)

    def _detail(self) -> str:
        if not self._has_looked:
            return "not looked at yet"
        detail = f"{self.days} days of machines, {self.size / 1e6:.1f} MB"
        return f"{detail}. {self._budget}" if self._budget else detail
