"""What the running gateway lends its REST API: live objects to read and a few things to ask for."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from contract.errors import Refused, Unavailable
from contract.messages import DependencyStatus, Result
from contract.settings import Settings
from gateway.api.learned_life import LearnedLife
from gateway.api.simulations import Simulations
from gateway.clocks.witnesses import BesideBoards
from gateway.ingest.alarm_desk import AlarmDesk
from gateway.ingest.verdict_desk import VerdictDesk
from gateway.metrics import GatewayMetrics
from gateway.mqtt.live_feed import LiveFeed
from gateway.registry.deleter import Deleter
from gateway.registry.enrolment import Enrolment
from gateway.registry.maintenance import Maintenance
from gateway.registry.photos import Photos
from gateway.registry.registrar import Registrar
from gateway.registry.remover import Remover
from gateway.registry.replacer import Replacer
from gateway.twin.fleet import Fleet
from hosting.audit.events import What


class Notifier(Protocol):
    """Whoever tells people of alarms."""

    @property
    def mistake(self) -> str:
        """What is wrong with people.toml; empty: nothing."""

    def routes_told(self, devices: Iterable[str]) -> list[dict[str, Any]]:
        """As people.toml has them, with the ``doubt`` whether any of the devices is meant."""

    def targets_told(self) -> list[dict[str, Any]]:
        """name, address (masked) and failure of each target."""

    def test(self, target: str) -> None:
        """Blocks. Raises NotFound, Unavailable."""


class Audit(Protocol):
    """How what somebody did is entered."""

    def __call__(self, *, who: str, origin: str, what: What, detail: str = "") -> None: ...


def _unheard(*, who: str, origin: str, what: What, detail: str = "") -> None:
    """For an API that nobody keeps a book of."""


def _no_types(device: str, *_: str) -> None:
    """For an API without a folder of types."""
    raise Refused(f"No type can be made of {device} here.")


async def _unasked(_: dict[str, Any]) -> dict[str, Any]:
    """For an API without an inference service."""
    raise Unavailable("No inference service is known here.")


@dataclass(frozen=True, kw_only=True)
class Services:
    """All that the API needs; the composition root fills it in.

    Every callable runs on the gateway's event loop. Times are Unix milliseconds.

    Attributes:
        dependencies: states of ``broker``, ``journal``, ``inference``, ``clock`` and followers; the
            journal is ``down`` while it cannot be written, the clock while it is in doubt.
        send_command: (device, name, args) to the device's answer. Raises NotFound, Conflict (the
            device is offline), TimedOut (no answer in time), Unavailable (the broker is away).
        alarms: takes what people say of alarms; verdicts: whether these were right.
        metrics: the counters, read at each scrape.
        registrar: keeps what people say of devices and of the site.
        maintenance: keeps the windows in which alarms ask for nobody.
        deleter: deletes what was measured in a time.
        remover: removes machines. replacer: lets another go on under a name.
        photos: keeps those of machines.
        enrol: makes a board's first login (device, its type). Blocks.
            Raises Refused, Conflict, Unavailable. has_login: whether a board has one.
        renew: as enrol, where it has one already. boards: who has a login. Both block.
        ask_normality: asks inference what is unlike a machine's normal. Raises Refused,
            Unavailable.
        simulations: the service that simulates. lives: what it has learned of lives.
        live: what is published, for who listens.
        suspect: told when what the journal holds cannot be read; any thread may call.
        suspect_file: likewise of a file of the archive: a sentence that begins with it.
        now_ms: the gateway's clock.
        beside_boards: how far that is ahead of the boards' clocks; None: none was heard.
        type_mistakes: what is wrong with files of asset types, a sentence each.
        make_type: writes the type (device, name, title) of what describes a device of none. Raises
            NotFound, Conflict, Refused, Unavailable.
        learning: how many machines are in use, of how many the normal is known, and how many
            seconds the oldest look waits to be judged; None: none does.
        notifier: tells people of alarms; None: nobody does.
        audit: enters (who, origin, what, detail) in the audit trail.
        uptime_ms: how long it runs, whatever the clock was put to meanwhile.
    """

    settings: Settings
    fleet: Fleet
    journal_path: Path
    uptime_ms: Callable[[], int]
    now_ms: Callable[[], int]
    dependencies: Callable[[], dict[str, DependencyStatus]]
    send_command: Callable[[str, str, dict[str, Any]], Awaitable[Result]]
    alarms: AlarmDesk
    verdicts: VerdictDesk
    metrics: Callable[[], GatewayMetrics]
    registrar: Registrar
    maintenance: Maintenance
    remover: Remover
    deleter: Deleter
    replacer: Replacer
    photos: Photos
    enrol: Callable[[str, str | None], Enrolment]
    renew: Callable[[str, str | None], Enrolment]
    has_login: Callable[[str], bool]
    boards: Callable[[], list[str]]
    suspect: Callable[[], None]
    simulations: Simulations
    lives: LearnedLife
    suspect_file: Callable[[str], None] = lambda _: None
    live: LiveFeed = field(default_factory=LiveFeed)
    notifier: Notifier | None = None
    audit: Audit = _unheard
    ask_normality: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]] = _unasked
    beside_boards: Callable[[], BesideBoards | None] = lambda: None
    type_mistakes: Callable[[], list[str]] = list
    make_type: Callable[[str, str, str], None] = _no_types
    learning: Callable[[], tuple[int, int, float | None]] = lambda: (0, 0, None)
