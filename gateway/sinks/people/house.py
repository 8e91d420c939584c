"""What telling people needs of the gateway around it."""

from collections.abc import Callable
from dataclasses import dataclass

from contract.site_time import SiteTime
from gateway.journal import Journal
from gateway.sinks.people.message import Known, Told

Write = Callable[[Callable[[Journal], None]], None]


@dataclass(frozen=True, kw_only=True)
class House:
    """What is known around it.

    Attributes:
        write: has the journal's one writer do something, and waits.
        machine: what people call a device.
        title, advice: what an alarm is in a few words, and what to do about it.
        keep_ms: how long something waits for a server before nobody is told any more.
    """

    write: Write
    machine: Known
    title: Told
    advice: Told
    site: SiteTime
    now_ms: Callable[[], int]
    keep_ms: int
