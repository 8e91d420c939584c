"""What machines are measured by, of each value of a label: who works how, which job takes what."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Annotated, Any, Final

import apsw
import msgspec
from fastapi import APIRouter, Path, Response

from contract.assets import CATALOGUE
from contract.assets.words import Asset, Kpi
from contract.buckets import DAY_MS, Interval
from contract.errors import NotFound, Refused
from contract.language import layout as keys
from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.language.planned import is_of_time
from contract.language.sums import Sums
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.machines import Machines
from gateway.api.openapi import answers
from gateway.api.params import ByLabelQuery, Query
from gateway.api.queries import by_label
from gateway.api.queries.began import counted_from
from gateway.api.queries.pieces import Machine
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.api.spans import last
from gateway.api.standing import counted
from gateway.twin.by_label import Share, bounded, longest, measured_ms
from gateway.twin.fleet import Device
from gateway.twin.ledger import Ledger, ledger_of

router = APIRouter(tags=["History"])

Label = Annotated[
    str,
    Path(max_length=64, description="A label of a type.", examples=["operator"]),
]
NOT_BY_LABEL: Final = "it is of planned time or of the moment, and is not told by a label"


@router.get(
    "/kpis/by/{label}",
    summary="KPIs of each value of a label",
    responses=answers(schema.KpisByLabel, examples.KPIS_BY_LABEL, 404, 504),
)
async def of_label(label: Label, query: Query[ByLabelQuery], context: Ctx) -> Response:
    """Figures of the time in which a label said this or that: samples an hour by operator, say.

    Machines of a type are taken together, as sums: a person's figure is one of all machines that
    he worked at. A time belongs to what the label was told last; one that was not measured, or in
    which nobody told it, to the `value` `null`. `coverage` is the share of the range of which it
    is known whose it is. All is worked out of the readings themselves and reaches back as far as
    those are kept (`kept_from_ms`, EDGETWIN_RETENTION_DAYS): of the time before, coverage lacks.
    Beyond 100 values the rest is told together as `(others)`. Without a range it is of the last 24
    hours, without `names` of the figures that the type itself tells by this label.

    ```sh
    curl -s 'http://127.0.0.1:8000/kpis/by/operator'
    ```
    """
    span = _span(query, context)
    devices = _having(label, counted(span, context), query.only)
    machines = Machines(span, context)
    types: dict[str, list[Machine]] = {}
    for device in devices:
        types.setdefault(device.asset.name, []).append(machines.of(device))
    asked = {name: _asked(its[0].asset, label, query.asked) for name, its in types.items()}
    currency = context.services.registrar.tariffs.currency
    now_ms = context.services.now_ms()

    def answer(connection: apsw.Connection) -> bytes:
        by_label.check_size(connection, [each for its in types.values() for each in its], span)
        told = [
            _OfType(its, label, span, connection, now_ms=now_ms).told(asked[name], currency)
            for name, its in types.items()
        ]
        body = {"label": label, "from_ms": span.from_ms, "to_ms": span.to_ms, "types": told}
        return msgspec.json.encode(body)

    return Response(await context.readers.run(answer), media_type="application/json")


def _span(query: ByLabelQuery, context: Context) -> Range:
    asked = last(query, now_ms=context.services.now_ms(), usual_ms=DAY_MS)
    whole = whole_minutes(asked.from_ms, asked.to_ms)
    buckets = SiteBuckets("total", context.services.settings.site_time, None, "ms")
    return Range(whole.start_ms, whole.end_ms, buckets)


def _having(label: str, devices: Sequence[Device], only: list[str] | None) -> list[Device]:
    """Raises NotFound: there is no such label at all."""
    every = [*CATALOGUE.values(), *(each.asset for each in devices)]
    if not any(_has(asset, label) for asset in every):
        names = sorted({one.name for asset in every for one in asset.labels})
        raise NotFound(f"No type has a label {label[:40]!r}; there are {', '.join(names)}.")
    is_asked = devices if only is None else (each for each in devices if each.name in only)
    return [each for each in is_asked if _has(each.asset, label)]


def _has(asset: Asset, label: str) -> bool:
    return any(each.name == label for each in asset.labels)


def _asked(asset: Asset, label: str, names: list[str] | None) -> list[Kpi]:
    """Raises Refused: it has none of that name, or one that no label can split."""
    if names is None:
        return [kpi for kpi in asset.kpis if kpi.by == label]
    known = {kpi.name: kpi for kpi in asset.kpis}
    for name in names:
        if name not in known:
            raise Refused(f"A {asset.name} has no KPI {name[:40]!r}; it has {', '.join(known)}.")
        if known[name].planned or not is_of_time(asset, known[name]):
            raise Refused(f"{name} cannot be split: {NOT_BY_LABEL}.")
    return [known[name] for name in names]


class _OfType:
    """Machines of one type together."""

    def __init__(
        self,
        machines: Sequence[Machine],
        label: str,
        span: Range,
        connection: apsw.Connection,
        *,
        now_ms: int,
    ) -> None:
        self._machines = machines
        self._ledger = ledger_of(machines[0].asset)
        whole = Interval(span.from_ms, max(span.from_ms, min(span.to_ms, now_ms)))
        self._length_ms = sum(
            counted_from(connection, each.device_id, each.counting).length_ms(whole)
            for each in machines
        )
        self._parts: dict[str | None, list[Part]] = {}
        kept = [by_label.oldest_ms(connection, each) for each in machines]
        self._kept_ms = min((each for each in kept if each is not None), default=None)
        every = [by_label.split(connection, machine, span, label).shares for machine in machines]
        named = longest(every, self._ledger)
        for machine, shares in zip(machines, every, strict=True):
            for share, sums in bounded(shares, self._ledger, named).items():
                self._note(share, sums, machine.terms.sets)

    def _note(self, share: Share, sums: Sums, sets: Sequence[Mapping[str, float]]) -> None:
        part = Part(sums, sets[share.terms], _elapsed_ms(sums, self._ledger))
        self._parts.setdefault(share.value, []).append(part)

    def told(self, kpis: Sequence[Kpi], currency: str) -> dict[str, Any]:
        named = sorted(value for value in self._parts if value is not None)
        known_ms = sum(self._measured_ms(value) for value in named)
        values = [*named, *([None] if None in self._parts else [])]
        return {
            "asset": self._machines[0].asset.name,
            "devices": [machine.name for machine in self._machines],
            "kept_from_ms": self._kept_ms,
            "coverage": min(1.0, known_ms / self._length_ms) if self._length_ms else 0.0,
            "values": [self._value(value, kpis, currency) for value in values],
        }

    def _measured_ms(self, value: str | None) -> int:
        sums = [list(part.sums) for part in self._parts[value]]
        return measured_ms(reduce(self._ledger.added, sums), self._ledger)  # type: ignore[arg-type]

    def _value(self, value: str | None, kpis: Sequence[Kpi], currency: str) -> dict[str, Any]:
        found = answers_of(self._ledger.program, self._parts[value])
        return {
            "value": value,
            "measured_ms": self._measured_ms(value),
            "kpis": {kpi.name: _figure(found, kpi, currency) for kpi in kpis},
        }


def _figure(found: Answers, kpi: Kpi, currency: str) -> dict[str, Any]:
    answer = found.kpi(kpi.name)
    told = {"unit": kpi.unit_in(currency)} | answer._asdict()
    return told | {"reason": found.reason(kpi.name)}


def _elapsed_ms(sums: Sums, ledger: Ledger) -> int:
    """A value's own time: what was measured of it, and of nobody's also the gaps."""
    at = ledger.program.layout.at
    return measured_ms(sums, ledger) + int(sums[at[keys.GAP_MS]])
