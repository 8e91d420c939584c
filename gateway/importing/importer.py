"""Parcels in, readings and sums in the journal out: one after the other, in slices between batches.

A slice is one transaction: rows, the minutes they complete, how far the parcel has come, and what
the next slice goes on from. So wherever it is killed, it goes on where it was, and what comes of it
is the same. A parcel is dropped when all of it is stored.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from contract import assets
from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import NotFound, Refused, Rejected, Unavailable, reason
from gateway.importing import known as known_
from gateway.importing import parcel as parcels
from gateway.importing.around import around
from gateway.importing.parcel import Entry, Header, Parcel
from gateway.importing.portions import Portions, span_of
from gateway.ingest.intake import Intake
from gateway.ingest.past import Past
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.pseudonyms import Pseudonyms
from gateway.ingest.registration import Registry
from gateway.journal import Journal, JournalReader, Quarantined
from gateway.journal.archived import newest_ms
from gateway.journal.imports import Import
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
REST: Final = 0.5  # times as long as a slice took: boards have their turn in between
TYPE_WITHIN_S: Final = 20.0  # a type's file that was just written counts within seconds


class Importer:
    """Takes what lies in ``EDGETWIN_DATA_DIR/imports``. Lives on the event loop."""

    def __init__(
        self,
        *,
        data_dir: Path,
        fleet: Fleet,
        pipeline: Pipeline,
        registry: Registry,
        open_reader: Callable[[], JournalReader],
        pseudonyms: Pseudonyms | None,
        now_ms: Callable[[], int],
    ) -> None:
        self._folder = data_dir / parcels.FOLDER
        self._fleet = fleet
        self._pipeline = pipeline
        self._registry = registry
        self._open_reader = open_reader
        self._pseudonyms = pseudonyms
        self._now_ms = now_ms
        self._in_turn = True
        self._waits_since_s: dict[str, float] = {}

    @property
    def is_busy(self) -> bool:
        """Whether anything waits or is under way: sums may still lack some of their minutes."""
        return any(self._folder.glob(f"*{parcels.SUFFIX}"))

    async def run(self) -> None:
        """Take parcels as they come, for ever."""
        while True:
            await self.round()
            await asyncio.sleep(LOOK_S)

    async def round(self, *, in_turn: bool = True) -> None:
        """Take all that is there; ``in_turn``: others work beside it."""
        self._in_turn = in_turn
        for path in sorted(self._folder.glob(f"*{parcels.SUFFIX}")):
            try:
                await self._take(path)
            except Refused as error:
                self._refuse(path, str(error))
            except Unavailable as error:  # once more, when there is room
                log.warning("an import waits: %s", error)

    def _refuse(self, path: Path, why: str) -> None:
        log.error("%s is not imported: %s", path.name, why)
        try:
            path.with_suffix(parcels.REFUSED).write_text(why, encoding="utf-8")
            path.unlink(missing_ok=True)
        except OSError as error:  # once more, when somebody has seen to it
            log.warning("%s cannot be written: %s", self._folder, reason(error))

    # ------------------------------------------------------------------ one parcel

    async def _take(self, path: Path) -> None:
        parcel = Parcel(path)
        reader = await asyncio.to_thread(self._open_reader)
        try:
            asset = self._type(parcel.header)
            if asset is None:
                return
            portions = await self._begun(parcel.header, asset, reader)
            if portions.known.done_ms is None:
                await self._store(parcel, portions, reader)
        finally:
            parcel.close()
            reader.close()
        await asyncio.to_thread(path.unlink)

    def _type(self, header: Header) -> Asset | None:
        """What it is of; None where a type's file may still be on its way. Raises Refused."""
        device = self._fleet.find(header.device)
        if device is not None and device.asset.name != header.asset:
            raise known_.other_type(header.device, device.asset.name, header.asset)
        if header.asset == GENERIC:
            self._check_units(header)
            return self._registry.described(header.device)
        try:
            return assets.get(header.asset)
        except NotFound:
            since_s = self._waits_since_s.setdefault(header.epoch, time.monotonic())
            if time.monotonic() - since_s > TYPE_WITHIN_S:
                raise
            return None

    def _check_units(self, header: Header) -> None:
        """Raises Refused: a channel would have numbers of two units."""
        for channel, unit in header.units.items():
            known = self._registry.unit(header.device, channel)
            if known not in ("", unit):
                raise Refused(
                    f"{channel} of {header.device} is in {known}, and {header.source} has it in"
                    f" {unit}: convert it, call it otherwise (--map), or name another --device."
                )

    async def _begun(self, header: Header, asset: Asset, reader: JournalReader) -> Portions:
        """Device, epoch and import are in the journal; what is known of them."""
        found = self._fleet.find(header.device)
        overlaps = found is not None and await asyncio.to_thread(
            reader.imports().has_items, found.id, *span_of(header)
        )
        intake = Intake()
        begun: list[tuple[Device, int, Import]] = []

        def work(journal: Journal) -> None:
            device = found or self._add(intake, header, asset)
            if header.asset == GENERIC:
                self._registry.show(
                    intake, device, header.samples, self._now_ms(), units=header.units
                )
            stored = journal.find_epoch(device_id=device.id, name=header.epoch)
            epoch_id = (
                stored.id
                if stored is not None
                else journal.add_epoch(device_id=device.id, name=header.epoch)
            )
            known = reader.imports().find(device.id, header.epoch) if found else None
            if known is None:
                known = self._new(device, header, overlaps=overlaps)
                known.id = journal.imports.begin(known)
                self._note_refused(journal, header)
            begun.append((device, epoch_id, known))

        try:
            await self._pipeline.alter(work, lambda _: None)
        except BaseException:
            self._registry.forget(intake)
            raise
        [(device, epoch_id, known)] = begun
        device.has_past = True
        summed = await asyncio.to_thread(reader.imports().summed, device.id, *span_of(header))
        return Portions(
            device=device,
            epoch_id=epoch_id,
            header=header,
            known=known,
            summed=summed,
            pseudonyms=self._pseudonyms,
            now_ms=self._now_ms(),
        )

    def _add(self, intake: Intake, header: Header, asset: Asset) -> Device:
        try:
            return self._registry.add(intake, header.device, asset, self._now_ms())
        except Rejected as rejected:
            raise Refused(f"{header.device} cannot be added: {rejected.detail}.") from rejected

    def _new(self, device: Device, header: Header, *, overlaps: bool) -> Import:
        return Import(
            id=0,
            device_id=device.id,
            epoch=header.epoch,
            content=header.content,
            source=header.source,
            imported_by=header.imported_by,
            begun_ms=self._now_ms(),
            overlaps=overlaps,
        )

    def _note_refused(self, journal: Journal, header: Header) -> None:
        """Rows of which nothing can be used: they are in no frame."""
        now_ms, topic = self._now_ms(), f"import/{header.source}"[:1024]
        journal.add_quarantined(
            Quarantined(
                now_ms, header.device, topic, bad.reason, bad.detail[:500], None, None,
                bad.raw.encode()[:256],
            )
            for bad in header.refused
        )  # fmt: skip
        more = {(header.device, why): count for why, count in header.more_refused.items()}
        journal.count_refused(more)

    async def _store(self, parcel: Parcel, portions: Portions, reader: JournalReader) -> None:
        known, header = portions.known, parcel.header
        frames = parcel.frames(after=known.frames)
        while True:
            began_s = time.perf_counter()
            past = await asyncio.to_thread(_next, frames, portions, reader)
            if past is None:
                break
            past.note = partial(_note, it=known)
            await self._pipeline.add_past(past)
            if self._in_turn:
                await asyncio.sleep(REST * (time.perf_counter() - began_s))
        last = portions.last()
        last.late_ms += _seams(reader, known, header)
        last.note = partial(_end, id_=known.id, now_ms=self._now_ms())
        last.first_ms = header.first_ms
        await self._pipeline.add_past(last)
        last.device.imported_ms = await asyncio.to_thread(_newest_ms, reader, known.device_id)
        log.info("%s: %d rows of %s are imported", header.device, known.counts.stored, known.source)


def _next(frames: Iterator[list[Entry]], portions: Portions, reader: JournalReader) -> Past | None:
    """In a thread: the next slice; None where there is none."""
    entries = next(frames, None)
    if entries is None:
        return None
    if not portions.known.overlaps:
        return portions.portion(entries)
    device_id = portions.known.device_id
    with reader.blamed():
        held = around(reader.connection, device_id, entries, closed=portions.closed)
    return portions.portion(entries, held)


def _newest_ms(reader: JournalReader, device_id: int) -> int | None:
    with reader.blamed():
        return newest_ms(reader.connection, device_id)


def _note(journal: Journal, it: Import) -> None:
    journal.imports.note(it)


def _end(journal: Journal, id_: int, now_ms: int) -> None:
    journal.imports.end(id_, now_ms=now_ms)


def _seams(reader: JournalReader, known: Import, header: Header) -> list[int]:
    """Times whose minutes others' readings around an import may have a part in."""
    source = reader.imports()
    times_ms = []
    if source.is_after_others(known.device_id, header.first_ms):
        times_ms.append(header.first_ms)
    if source.is_before_others(known.device_id, header.last_ms):
        times_ms.append(header.last_ms)
    return times_ms
