"""Figures of machines over time as CSV: a row a bucket in which a machine measured.

A cell is empty where its figure cannot be told, and the row says why; of what was not measured
``coverage`` tells, that of the figure with the least. Stretch by stretch, so that any range of any
bucket is as good as another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import apsw

from contract.assets.words import Asset, Kpi
from contract.buckets import Bucket, Interval
from contract.csv_labels import Column
from contract.language.planned import Told, has_mean
from gateway.api import kpis
from gateway.api.csv_form import Form, Heading, Own, guarded
from gateway.api.export import Piece, broken_off
from gateway.api.ground import Ground
from gateway.api.groups import check_known
from gateway.api.machines import Machines
from gateway.api.params import RangeQuery
from gateway.api.queries.pieces import Machine, oldest_ms
from gateway.api.queries.usage import Range
from gateway.api.ranges import range_of
from gateway.api.reading import Reading
from gateway.api.standing import counted

_FIGURES: Final = 2_000  # at a time
_BEFORE: Final = (
    Own("time_ms", "ms"), Own("time"), Own("end"), Own("label"), Own("device"), Own("asset")
)  # fmt: skip
_AFTER: Final = (Own("coverage"), Own("reasons"))


def asked(
    ground: Ground,
    query: RangeQuery,
    *,
    bucket: Bucket,
    only: Sequence[str] | None,
    names: Sequence[str] | None,
    form: Form,
) -> "KpiExport":
    """What is to be written; ``only``, ``names``: None means all.

    Raises:
        NotFound: there is no such device.
        Refused: it would end before it begins, no machine has a figure of that name, or the site
            has no shifts.
    """
    span = range_of(query, ground, bucket=bucket)
    fleet = ground.services.fleet
    devices = counted(span, ground) if only is None else [fleet.get(name) for name in only]
    if names is not None and devices:
        check_known(names, [device.asset for device in devices])
    machine_of = Machines(span, ground).of
    machines = [(machine_of(each), _figures(each.asset, names)) for each in devices]
    having = [(machine, its) for machine, its in machines if its]
    reading = Reading(span, [kpi for _, its in having for kpi in its], ground)
    site = ground.services.settings.site_time
    return KpiExport(reading, having, form=replace(form, zone=form.zone or site))


def _figures(asset: Asset, names: Sequence[str] | None) -> list[Kpi]:
    if names is None:
        return kpis.figures_of(asset, None)
    return [kpi for kpi in asset.kpis if kpi.name in names and has_mean(asset, kpi)]


class KpiExport:
    """Machine by machine, each in order of time."""

    media_type = "text/csv; charset=utf-8"
    ending = "csv"

    def __init__(
        self, reading: Reading, of: Sequence[tuple[Machine, Sequence[Kpi]]], *, form: Form
    ) -> None:
        """``of``: machines, each with what is asked of it."""
        self._reading, self._of, self._form = reading, of, form
        self._columns = list(dict.fromkeys(self._column(kpi) for _, its in of for kpi in its))
        self._parts: Iterator[Range] | None = None
        self.machines = len(of)
        self.rows = 0
        self.done = 0

    def _column(self, kpi: Kpi) -> Column:
        return Column(kpi.name, kpi.unit_in(self._reading.currency))

    def head(self) -> bytes:
        headings: list[Heading] = [*_BEFORE, *self._columns, *_AFTER]
        return self._form.head(headings).encode()

    def read(self, connection: apsw.Connection, /) -> Piece | None:
        while self.done < self.machines:
            machine, its = self._of[self.done]
            if self._parts is None:
                self._parts = self._cut(oldest_ms(connection, machine), len(its))
            span = next(self._parts, None)
            if span is not None:
                lines = self._lines(connection, machine, its, span)
                return "".join(lines).encode
            self._parts, self.done = None, self.done + 1
        return None

    def end(self) -> bytes:
        return b""

    def broken_off(self, error: Exception, /) -> bytes:
        return broken_off(error).encode()

    def _cut(self, oldest: int, figures: int) -> Iterator[Range]:
        """The range in stretches of whole buckets, from the first on that can have anything."""
        span = self._reading.span
        if span.from_ms == 0:
            span = span.since(oldest)
        at_ms = max(span.from_ms, span.bucket_at(oldest).start_ms)
        end_ms = min(span.to_ms, span.bucket_at(self._reading.now_ms).end_ms)
        while at_ms < end_ms:
            start_ms, left = at_ms, max(1, _FIGURES // figures)
            while left and at_ms < end_ms:
                at_ms, left = min(span.bucket_at(at_ms).end_ms, end_ms), left - 1
            yield Range(start_ms, at_ms, span.buckets)

    def _lines(
        self, connection: apsw.Connection, machine: Machine, its: Sequence[Kpi], span: Range
    ) -> Iterator[str]:
        reading = self._reading.of(span)
        [folded] = reading.folded(connection, [machine])
        figures = reading.figures([folded])
        for bucket in sorted({piece.bucket for piece in folded.sums}):
            self.rows += 1
            told = zip(its, figures.told(its, bucket), strict=True)
            yield self._line(machine, bucket, list(told))

    def _line(self, machine: Machine, bucket: Interval, told: Sequence[tuple[Kpi, Told]]) -> str:
        form = self._form
        values = {self._column(kpi): each.answer.value for kpi, each in told}
        [label] = self._reading.span.buckets.columns([bucket])["label"]
        cells = [
            str(bucket.start_ms), form.iso(bucket.start_ms), form.iso(bucket.end_ms),
            guarded(label), machine.name, machine.asset.name,
            *(form.figure(values.get(column)) for column in self._columns),
            form.figure(min(each.answer.coverage for _, each in told)), guarded(_reasons(told)),
        ]  # fmt: skip
        return form.joined(cells)


def _reasons(told: Sequence[tuple[Kpi, Told]]) -> str:
    """Why figures cannot be told, each reason once with those that it is of."""
    found: dict[str, list[str]] = {}
    for kpi, each in told:
        if each.reason is not None:
            found.setdefault(each.reason, []).append(kpi.name)
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in found.items())
