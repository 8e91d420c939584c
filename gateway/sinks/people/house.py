"""What telling people needs of the gateway around it."""

from collections.abc import Callable
from dataclasses import dataclass

from contract.site_time import SiteTime
from gateway.journal import Journal
from gateway.sinks.people.message import Advice, Known

Write = Callable[[Callable[[Journal], None]], None]


@dataclass(frozen=True, kw_only=True)
class House:
    """What is known around it.

    Attributes:
        write: has the journal's one writer do something, and waits.
        machine, advice: what people call a device, and what to do about an alarm.
        keep_ms: how long something waits for a server before nobody is told any more.
    """

    write: Write
    machine: Known
    advice: Advice
    site: SiteTime
    now_ms: Callable[[], int]
    keep_ms: int
