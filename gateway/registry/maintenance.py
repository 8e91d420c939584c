"""Which machine is in maintenance at a time, and why; and the twins' alarms follow that.

``Maintenance.standing(device, at_ms)`` is the one answer, for whoever asks: windows that people
have made, and the stage of a machine's life (``lasting``).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final, NamedTuple

import msgspec

from contract.errors import NotFound, Refused, Unavailable
from contract.site_time import SiteTime
from gateway.journal import Change, Journal
from gateway.registry.params import SITE
from gateway.registry.register import Register
from gateway.registry.windows import WINDOW, Span, Window, standing
from gateway.twin.alarm_changes import Suppression
from gateway.twin.fleet import Device, Fleet

LOOK_S: Final = 1.0
MOST_WINDOWS: Final = 1_000
_ID_BYTES: Final = 4
_MOST_NAMED: Final = 20
_SPANS_KEPT: Final = 10 * MOST_WINDOWS
_CHAINED: Final = 20  # windows one after the other that are told as one


class Reason(NamedTuple):
    """A span of maintenance, and why in a few words."""

    span: Span
    why: str


Lasting = Callable[[str, int], Suppression | None]  # of a device at a time


class Maintenance:
    """Knows the windows, makes and removes them, and lets alarms follow.

    Args:
        write: does work on the journal in a transaction of its own.
        settle: commits what has changed in these twins.
        changed: told of devices whose state is another now.

    Attributes:
        lasting: what else puts a device into maintenance, such as the stage of its life.
    """

    def __init__(
        self,
        *,
        register: Register,
        fleet: Fleet,
        site: SiteTime,
        write: Callable[[Callable[[Journal], None]], Awaitable[None]],
        settle: Callable[[Iterable[Device]], Awaitable[None]],
        changed: Callable[[Iterable[Device]], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._register = register
        self._fleet = fleet
        self._site = site
        self._write = write
        self._settle = settle
        self._changed = changed
        self._now_ms = now_ms
        self.lasting: list[Lasting] = []
        self._spans: dict[tuple[str, int], Span | None] = {}
        self._at: tuple[int, list[Window]] | None = None

    # ------------------------------------------------------------ who is in maintenance

    def is_in_maintenance(self, device: str, at_ms: int) -> bool:
        return self.standing(device, at_ms) is not None

    def standing(self, device: str, at_ms: int) -> Suppression | None:
        """Since when a device is in maintenance, until when, and why; None: it is not."""
        for lasting in self.lasting:
            found = lasting(device, at_ms)
            if found is not None:
                return found
        first = self._standing(self._of(device, self._windows_at(at_ms)), at_ms)
        if first is None:
            return None
        until_ms = first.span.to_ms
        if until_ms is not None:
            until_ms = self._until_ms(self._of(device, self._register.windows.values()), until_ms)
        return Suppression(first.span.from_ms, until_ms, first.why)

    def _windows_at(self, at_ms: int) -> list[Window]:
        """Those that stand, of whatever machine; likewise."""
        if self._at is None or self._at[0] != at_ms:
            windows = self._register.windows.values()
            found = [each for each in windows if self._span(each, at_ms) is not None]
            self._at = at_ms, found
        return self._at[1]

    def _span(self, window: Window, at_ms: int) -> Span | None:
        """As ``windows.standing``, once a moment: a fleet of thousands is asked for at a time."""
        key = window.id, at_ms
        if key not in self._spans:
            if len(self._spans) >= _SPANS_KEPT:
                self._spans.clear()
            self._spans[key] = standing(window, at_ms, self._site)
        return self._spans[key]

    def _of(self, device: str, windows: Collection[Window]) -> list[Window]:
        """Those of them that are of this machine."""
        if not windows:
            return []
        said = self._register.entry(device).fields
        named = (("device", device), ("group", said.group), ("place", said.place))
        return [
            each
            for each in windows
            if all(getattr(each, kind) in (None, name) for kind, name in named)
        ]

    def _standing(self, windows: Iterable[Window], at_ms: int) -> Reason | None:
        """Of those that stand the one that ends last."""
        found = [
            Reason(span, each.why)
            for each in windows
            if (span := self._span(each, at_ms)) is not None
        ]
        return max(found, key=lambda each: (_end(each.span), each.span.from_ms), default=None)

    def _until_ms(self, windows: list[Window], ends_ms: int) -> int | None:
        """When the last ends of those that follow the one that ends then without a break."""
        until_ms: int | None = ends_ms
        for _ in range(_CHAINED):
            more = None if until_ms is None else self._standing(windows, until_ms)
            if more is None:
                break
            until_ms = more.span.to_ms
        return until_ms

    # ------------------------------------------------------------ what people say

    def windows(self, device: str | None = None) -> list[Window]:
        """Those that are not over, the newest first; of a device those that it is in."""
        now_ms = self._now_ms()
        known = self._register.windows.values()
        found = known if device is None else self._of(device, known)
        going = (each for each in found if each.to_ms is None or each.to_ms > now_ms)
        return sorted(going, key=lambda each: (each.made_ms, each.id), reverse=True)

    async def add(self, window: Window) -> Window:
        """Keep a window, with an id of its own.

        Raises:
            NotFound: there is no such device, or none of such a group or place.
            Refused: it cannot be. Unavailable: it cannot be stored.
        """
        window.check()
        self._check_whose(window)
        if window.to_ms is not None and window.to_ms <= self._now_ms():
            raise Refused("That window is over already: let 'to' be a time to come.")
        if len(self.windows()) >= MOST_WINDOWS:
            raise Refused(f"There may be {MOST_WINDOWS} windows: remove some that are over.")
        made = msgspec.structs.replace(
            window, id=secrets.token_hex(_ID_BYTES), made_ms=self._now_ms()
        )
        await self._enter(made.id, made, by=made.by)
        return made

    def _check_whose(self, window: Window) -> None:
        """Raises NotFound: it is of nobody, as where a name is written in another way."""
        if window.device is not None:
            self._fleet.get(window.device)
        said = [self._register.entry(each.name).fields for each in self._fleet]
        for kind in ("group", "place"):
            asked, known = getattr(window, kind), {getattr(each, kind) for each in said} - {""}
            if asked is not None and asked not in known:
                there_are = ", ".join(sorted(known)[:_MOST_NAMED])
                hint = f"there are {there_are}" if known else f"no machine has a {kind} yet"
                raise NotFound(f"No machine is of the {kind} {asked[:80]!r}: {hint}.")

    async def remove(self, window_id: str, *, by: str) -> Window:
        """Take a window away. Raises NotFound, Unavailable."""
        window = self._register.windows.get(window_id)
        if window is None:
            raise NotFound(f"There is no maintenance window {window_id[:40]!r}.")
        await self._enter(window_id, None, by=by)
        return window

    async def _enter(self, window_id: str, window: Window | None, *, by: str) -> None:
        change = Change(
            device=SITE,
            kind=WINDOW,
            name=window_id,
            value=None if window is None else msgspec.json.encode(window),
            changed_ms=self._now_ms(),
            changed_by=by,
        )

        def work(journal: Journal) -> None:
            journal.ledger.add(change)

        await self._write(work)
        self._register.take(change)
        self._at = None
        await self.look()

    # ------------------------------------------------------------ alarms follow

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Let the alarms of every machine ask for nobody, or for somebody again."""
        now_ms = self._now_ms()
        touched = [each for each in self._fleet if self._follow(each, now_ms)]
        if not touched:
            return
        try:
            await self._settle(touched)
        except Unavailable:  # the next round: what is told of the twins waits in them
            return
        self._changed(touched)

    def _follow(self, device: Device, now_ms: int) -> bool:
        found, book = self.standing(device.name, now_ms), device.twin.book
        is_news = device.maintenance != found
        device.maintenance = found
        book.suppress(found, now_ms=now_ms)
        return is_news or book.has_transitions


def _end(span: Span) -> float:
    return float("inf") if span.to_ms is None else span.to_ms
