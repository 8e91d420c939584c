"""Rows of a parcel in, portions of a device's past out: readings, and the minutes they make.

Where the journal has nothing of the device around them, their minutes are summed up as they go by,
as a twin does it; else each minute they touch is computed anew from the journal's rows.
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple, get_args

import msgspec

from contract.errors import Outdated, Reason, Rejected
from contract.messages import Aside, Reading, Stamp
from gateway.importing.parcel import Bad, Entry, Header
from gateway.ingest.past import Past, body_of
from gateway.ingest.pseudonyms import Pseudonyms
from gateway.journal import Quarantined
from gateway.journal.imports import Counts, Import
from gateway.twin.fleet import Device
from gateway.twin.limits import FaultWatch
from gateway.twin.minutes import MINUTE_MS, start_of
from gateway.twin.rows import layout_of
from gateway.twin.snapshot import Snapshot, decode, encode
from gateway.twin.sums import Sums
from gateway.twin.tiers import QUARTER_MS

KEPT: Final = 1_000  # of one file, in quarantine; more are counted
_REASONS: Final[dict[str, Reason]] = {each: each for each in get_args(Reason)}
_values: Final = msgspec.json.Decoder(dict[str, float | str]).decode
_sorted: Final = msgspec.json.Encoder(order="sorted").encode


class Around(NamedTuple):
    """What is held at the times of some rows.

    Attributes:
        bodies: (time, ``sorted_body``) of each reading.
        whole: minutes that take more, as all that their sums have is held, if not in the journal.
    """

    bodies: Collection[tuple[int, bytes]] = ()
    whole: Collection[int] = ()


NOTHING: Final = Around()


class Portions:
    """One import of one device. Pure but for what it is told of the journal."""

    def __init__(
        self,
        *,
        device: Device,
        epoch_id: int,
        header: Header,
        known: Import,
        summed: tuple[Collection[int], Collection[int]],
        pseudonyms: Pseudonyms | None,
        now_ms: int,
    ) -> None:
        """``summed``: minutes and quarter hours that have more than the journal holds."""
        self._device = device
        self._epoch_id = epoch_id
        self._header = header
        self.known = known
        self._minutes, self._quarters = summed
        self._pseudonyms = pseudonyms
        self._now_ms = now_ms
        self._layout = layout_of(device.asset)
        self._kept = 0
        self._sums = Sums(device.asset, device.twin.params)
        if known.state is not None:
            self._go_on(known.state)

    def _go_on(self, state: bytes) -> None:
        """As before a restart; by another version the minute at the seam is computed anew."""
        try:
            self._sums.restore(decode(state))
        except Outdated:
            self.known.overlaps = True

    @property
    def closed(self) -> Collection[int]:
        """Minutes that take nothing more, but where all of them is held."""
        return self._minutes

    def portion(self, entries: Iterable[Entry], around: Around = NOTHING) -> Past:
        """The next frame."""
        past = self._past()
        counts = self.known.counts = msgspec.structs.replace(self.known.counts)
        for entry in entries:
            counts.rows += 1
            reading, body = self._reading(entry, past, counts)
            if reading is None:
                counts.refused += 1
            elif self._is_summed(entry.time_ms, around.whole):
                counts.summed += 1
            elif around.bodies and (entry.time_ms, sorted_body(body)) in around.bodies:
                counts.repeated += 1
            else:
                counts.stored += 1
                past.items.append((reading, body))
                self._add(reading, entry.time_ms, past)
        self.known.frames += 1
        self._take_minutes(past)
        return past

    def last(self) -> Past:
        """What is left when all rows are stored."""
        past = self._past()
        if not self.known.overlaps and (minute := self._sums.open_minute()) is not None:
            past.minutes.append(minute)
        return past

    def _past(self) -> Past:
        return Past(device=self._device, epoch_id=self._epoch_id, why=self._header.why)

    # ------------------------------------------------------------------ readings

    def _reading(self, entry: Entry, past: Past, counts: Counts) -> tuple[Reading | None, bytes]:
        """The reading of a row, with its key; None where nothing of it can be used."""
        seq = counts.stored + 1
        aside = {bad.channel: Aside(None, bad.reason, bad.detail) for bad in entry.bad or ()}
        for bad in entry.bad or ():
            self._refuse(past, entry.line, bad)
        known = set(aside)
        reading = Reading(
            self._header.epoch,
            seq,
            _values(entry.body),
            entry.time_ms,
            period_ms=self._period_ms(entry),
            received_ms=self._now_ms,
            stamp=Stamp.IMPORTED,
            aside=aside or None,
        )
        before = reading.values
        if self._pseudonyms is not None and self._device.asset.personal:
            self._pseudonyms.hide(reading, self._device.asset.personal)
        try:
            self._device.checker.check(reading)
        except Rejected as rejected:
            self._refuse(past, entry.line, Bad("", rejected.reason, rejected.detail, ""))
            return None, b""
        if reading.values is before:
            return reading, entry.body
        for name, why in (reading.aside or {}).items():
            if name not in known:
                bad = Bad(name, _reason(why.reason), why.detail, _plain(why.value))
                self._refuse(past, entry.line, bad)
        return reading, body_of(reading)

    def _period_ms(self, entry: Entry) -> int | None:
        said = entry.period_ms
        return self._header.period_ms if said is None else said or None

    def _refuse(self, past: Past, line: int, bad: Bad) -> None:
        self._kept += 1
        if self._kept > KEPT:
            past.refusals[bad.reason] += 1
            return
        past.quarantined.append(
            Quarantined(
                self._now_ms,
                self._device.name,
                f"import/{self._header.source}"[:1024],
                bad.reason,
                f"line {line}: {bad.detail}"[:500],
                None,
                None,
                bad.raw.encode()[:256],
            )
        )

    def _is_summed(self, time_ms: int, whole: Collection[int]) -> bool:
        if self._quarters and time_ms - time_ms % QUARTER_MS in self._quarters:
            return True
        start_ms = start_of(time_ms)
        return start_ms in self._minutes and start_ms not in whole

    # ------------------------------------------------------------------ sums

    def _add(self, reading: Reading, time_ms: int, past: Past) -> None:
        if self.known.overlaps:
            start_ms = start_of(time_ms)
            if not past.late_ms or past.late_ms[-1] != start_ms:
                past.late_ms.append(start_ms)
        else:
            self._sums.add(reading, time_ms, self._layout.row(reading.values))

    def _take_minutes(self, past: Past) -> None:
        if self.known.overlaps:
            return
        past.minutes = self._sums.take_closed()
        past.late_ms = [start_of(owed.time_ms) for owed in self._sums.take_owed()]
        snapshot = _empty()
        self._sums.note(snapshot)
        self.known.state = encode(snapshot)


def sorted_body(body: bytes) -> bytes:
    """The same values, in whatever order and with whatever blanks they were sent."""
    return _sorted(_values(body))


def _plain(value: object) -> str:
    """As files have it: a whole number without a fraction."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _reason(reason: str) -> Reason:
    why = "wrong_shape" if reason == "unknown_channel" else reason
    return _REASONS.get(why, "wrong_shape")


def _empty() -> Snapshot:
    return Snapshot(
        newest=None,
        channels=(),
        alarms=[],
        transitions=[],
        fault_watch=FaultWatch(),
        suspicion=0.0,
    )


def span_of(header: Header) -> tuple[int, int]:
    """From where to where an import reaches: its minutes whole, and one around them."""
    return start_of(header.first_ms) - MINUTE_MS, start_of(header.last_ms) + 2 * MINUTE_MS - 1
