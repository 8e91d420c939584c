"""Types that come along, each with a stretch of time of which every figure is known by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hypothesis import strategies as st

from contract.assets import get
from contract.assets.words import Asset, Channel, Counter, Event, Kpi, Param, Wear
from contract.language.answers import Answers
from contract.language.program import Memory, Program, program_of
from contract.language.sums import Known, Sums
from contract.language.totals import Totals
from tests.contract.assets import bench, breeze, milling, pumping, water
from tests.contract.assets.water import T0, Readings, Service, Values

Units = Mapping[str, tuple[str, float]]  # by name, the unit and how many of it one was
Item = tuple[int, str, Values]  # when, which event (empty: a reading), and what it has


def in_units(asset: Asset, units: Units) -> Asset:
    """The same type in other units; a field of an event is called ``event.field``."""

    def other(name: str, unit: str) -> tuple[str, float]:
        return units.get(name, (unit, 1.0))

    def channel(of: Channel) -> Channel:
        unit, times = other(of.name, of.unit)
        normal = times * of.normal[0], times * of.normal[1]
        return replace(of, unit=unit, low=times * of.low, high=times * of.high, normal=normal)

    def counter(of: Counter) -> Counter:
        unit, times = other(of.name, of.unit)
        wraps_at = None if of.wraps_at is None else times * of.wraps_at
        return replace(of, unit=unit, wraps_at=wraps_at, max_rate=times * (of.max_rate or 0.0))

    def param(of: Param) -> Param:
        unit, times = other(of.name, of.unit)
        return replace(of, unit=unit, default=times * of.default)

    def event(of: Event) -> Event:
        fields = tuple((name, other(f"{of.name}.{name}", unit)[0]) for name, unit in of.fields)
        return replace(of, fields=fields)

    def kpi(of: Kpi) -> Kpi:
        return replace(of, unit=other(of.name, of.unit)[0])

    def wear(of: Wear) -> Wear:
        return replace(of, unit=other(of.ends_at, of.unit)[0])

    return replace(
        asset,
        channels=tuple(map(channel, asset.channels)),
        counters=tuple(map(counter, asset.counters)),
        params=tuple(map(param, asset.params)),
        events=tuple(map(event, asset.events)),
        kpis=tuple(map(kpi, asset.kpis)),
        wears=tuple(map(wear, asset.wears)),
    )


def fold(
    items: Iterable[Item], program: Program, memory: Memory | None = None
) -> tuple[Sums, Memory]:
    """Sums of items at times after T0."""
    functions, sums = program.functions(program.defaults()), program.zero()
    memory = program.start if memory is None else memory
    events = dict(zip(program.words.events, functions.events, strict=True))
    for at_ms, event, values in items:
        if event:
            names = [name for name, _ in program.words.events[event].fields]
            events[event](sums, tuple(float(values[name]) for name in names))
            continue
        is_measured = T0 + at_ms - memory[0] <= 1000 * program.words.asset.max_gap_s
        memory = functions.add(sums, memory, T0 + at_ms, program.row(values), is_measured)
    return sums, memory


def answers(sums: Known, program: Program) -> Answers:
    return Answers(program, Totals(program, sums, program.defaults()), program.defaults())


@dataclass(frozen=True, repr=False)
class Worked:
    """``golden`` is what the figures of ``items`` are by hand; ``any_items`` are any others."""

    asset: Asset
    golden: Mapping[str, float]
    items: Sequence[Item]
    any_items: st.SearchStrategy[list[Item]]
    other_units: Units

    @cached_property
    def program(self) -> Program:
        return program_of(self.asset)

    @cached_property
    def in_other_units(self) -> Program:
        return Program(in_units(self.asset, self.other_units))

    def told_in_other_units(self, item: Item) -> Item:
        at_ms, event, values = item
        prefix = f"{event}." if event else ""
        return at_ms, event, {name: self._other(prefix + name, v) for name, v in values.items()}

    def _other(self, name: str, value: float | str) -> float | str:
        return value if isinstance(value, str) else value * self.other_units.get(name, ("", 1.0))[1]


def _items(readings: Readings, services: Iterable[Service] = ()) -> list[Item]:
    """A service is at no time of its own: it counts where it stands."""
    items: list[Item] = [(at_ms, "", values) for at_ms, values in readings]
    told = (each._asdict() for each in services)
    return items + [(0, "service", values) for values in told]


WORKED = {
    "fan": Worked(
        get("fan"),
        breeze.GOLDEN,
        _items(breeze.ten_minutes()),
        breeze.runs().map(_items),
        breeze.OTHER_UNITS,
    ),
    "dispenser": Worked(
        get("dispenser"),
        water.GOLDEN,
        _items(water.ten_minutes(), water.SERVICES),
        water.days().map(lambda day: _items(*day)),
        water.OTHER_UNITS,
    ),
    "machine_tool": Worked(
        get("machine_tool"),
        milling.GOLDEN,
        milling.ten_minutes(),
        milling.shifts(),
        milling.OTHER_UNITS,
    ),
    "pump": Worked(
        get("pump"),
        pumping.GOLDEN,
        pumping.ten_minutes(),
        pumping.runs(),
        pumping.OTHER_UNITS,
    ),
    "instrument": Worked(
        get("instrument"), bench.GOLDEN, bench.ten_minutes(), bench.days(), bench.OTHER_UNITS
    ),
}
