"""What a sink must be able to do for a follower to carry the journal to it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import apsw

from contract.errors import Reason, Unavailable
from gateway.journal.streams import Row, Stream


class Throttled(Unavailable):
    """The server asks for a pause of ``after_s`` seconds (None: it does not say how long)."""

    def __init__(self, text: str, *, after_s: float | None) -> None:
        super().__init__(text)
        self.after_s = after_s


class Refused(NamedTuple):
    """A row that the sink will not have, why, and what it was sent."""

    row: Row
    detail: str
    raw: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One device's hour of which the sink holds less than the journal."""

    stream: str
    device: str
    hour_ms: int
    in_journal: int
    in_sink: int


class Delivery(Protocol):
    """One open connection to a sink. For one thread, until an error of ours ends it."""

    @property
    def target(self) -> int:
        """What it delivers to: another one (a bucket made anew) gets everything once more."""

    @property
    def marks(self) -> Mapping[str, int]:
        """What the cursor is to keep beside the last row, as of the last batch delivered."""

    @property
    def detail(self) -> str:
        """In a few words for ``/health``, where it delivers and what it leaves out."""

    @property
    def trouble(self) -> str:
        """What fails of it while the rest goes on; empty: nothing does."""

    def deliver(self, stream: Stream, rows: Sequence[Row]) -> list[Refused]:
        """Returns once the sink has the rows durably, but for those it refuses.

        A row delivered twice must count once: a batch is tried again after any error.
        """

    def tend(self) -> bool:
        """Do what is due by time and not by rows; returns whether there was any."""

    def compare(self, *, up_to: Mapping[str, int], from_ms: int, to_ms: int) -> list[Difference]:
        """Find what the sink has lost of the rows up to the cursor, and deliver that again."""


class Sink(Protocol):
    """One system that follows the journal."""

    @property
    def name(self) -> str:
        """Of its cursor in the journal, of its entry in ``/health``."""

    @property
    def absent(self) -> str:
        """What is said while there is none."""

    @property
    def refused(self) -> Reason:
        """The reason in quarantine of rows it will not have."""

    @property
    def streams(self) -> Sequence[Stream]:
        """What it follows, in the order in which it is delivered."""

    def beginning(self, journal: apsw.Connection) -> dict[str, int]:
        """The cursor of one that follows for the first time; empty: from the first row on."""

    def behind(self, journal: apsw.Connection, cursor: Mapping[str, int]) -> int:
        """How much it still has to deliver, as ``/health`` counts it."""

    def find(self) -> Callable[[apsw.Connection], AbstractContextManager[Delivery]] | None:
        """How to connect, to read from a journal; None without one. Raises Misconfigured."""
