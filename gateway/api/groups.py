"""Machines and what people say of them in, groups with their figures out. Pure.

Of one type the sums of all its machines are one machine's. Types that differ have in common what
both call the same, in the same unit, and is energy, CO2 or money: that is added.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from contract.assets.words import Asset, Kpi
from contract.buckets import Interval
from contract.errors import Refused
from contract.language.answers import Answer
from contract.language.planned import Told, is_of_time
from contract.language.reasons import NOT_MEASURED
from gateway.api.kpis import Figures, Folded
from gateway.registry.fields import Fields

GroupBy = Literal["device", "asset", "location", "group", "tag", "site"]

_ADDED: Final = frozenset({"energy", "co2", "cost"})
OF_ONE: Final = "it is of one machine at a moment: ask for each by itself"
NOT_COMMON: Final = "machines of several types do not have it in common"


class Member(NamedTuple):
    """A machine, and what somebody says of it."""

    name: str
    asset: Asset
    fields: Fields


def grouped(members: Iterable[Member], by: GroupBy, *, site: str) -> dict[str | None, list[Member]]:
    """The groups in order of their names; None: of what nobody has said where it belongs."""
    found: defaultdict[str | None, list[Member]] = defaultdict(list)
    for member in members:
        for name in _names(member, by, site):
            found[name].append(member)
    return {name: found[name] for name in sorted(found, key=lambda name: (name is None, name))}


def _names(member: Member, by: GroupBy, site: str) -> Sequence[str | None]:
    match by:
        case "device":
            return [member.name]
        case "asset":
            return [member.asset.name]
        case "location":
            return [member.fields.place or None]
        case "group":
            return [member.fields.group or None]
        case "tag":
            return member.fields.tags or [None]
        case "site":
            return [site]


def check_known(names: Iterable[str], assets: Iterable[Asset]) -> None:
    """Raises Refused: no machine has a KPI of that name."""
    known = dict.fromkeys(kpi.name for asset in assets for kpi in asset.kpis)
    for name in names:
        if name not in known:
            raise Refused(f"No machine has a KPI {name[:40]!r}; there are {', '.join(known)}.")


def figures_in_common(assets: Sequence[Asset], names: Sequence[str] | None) -> list[Kpi]:
    """The figures that machines of these types have together, in the first one's words."""
    first, *others = assets
    kpis = [kpi for kpi in first.kpis if is_of_time(first, kpi)]
    for other in others:
        theirs = {kpi.name: kpi for kpi in other.kpis if is_of_time(other, kpi)}
        kpis = [kpi for kpi in kpis if _is_same(kpi, theirs.get(kpi.name))]
    return kpis if names is None else [kpi for kpi in kpis if kpi.name in names]


class Wanted(NamedTuple):
    """What a group is asked for: ``kpis`` that it has, and ``untold``, each with the reason."""

    kpis: Sequence[Kpi]
    untold: Sequence[tuple[Kpi, str]] = ()


def wanted(assets: Sequence[Asset], names: Sequence[str] | None, *, is_alone: bool) -> Wanted:
    """Of machines of these types; what none of them has is in neither.

    ``is_alone``: it is one machine, which has means of what is of the moment as well.
    """
    if names is None:
        return Wanted(figures_in_common(assets, None))
    if is_alone:
        return Wanted([kpi for kpi in assets[0].kpis if kpi.name in names])
    kpis = figures_in_common(assets, names)
    known, untold = {kpi.name for kpi in kpis}, dict[str, tuple[Kpi, str]]()
    for asset in assets:
        for kpi in asset.kpis:
            if kpi.name in names and kpi.name not in known:
                why = NOT_COMMON if is_of_time(asset, kpi) else OF_ONE
                untold.setdefault(kpi.name, (kpi, why))
    return Wanted(kpis, [*untold.values()])


def _is_same(one: Kpi, other: Kpi | None) -> bool:
    return (
        other is not None
        and one.role in _ADDED
        and (one.role, one.unit_in("")) == (other.role, other.unit_in(""))
    )


class Group:
    """Machines that are asked about together, whatever their types."""

    def __init__(
        self,
        folded: Sequence[Folded],
        asked: Wanted,
        figures: Callable[[Sequence[Folded]], Figures],
    ) -> None:
        """``figures`` makes those of some machines of one type."""
        self._told = asked.kpis
        self.kpis = [*asked.kpis, *(kpi for kpi, _ in asked.untold)]
        self._untold = [Told(Answer(None, None, None, 0.0), why) for _, why in asked.untold]
        self.devices = [each.machine.name for each in folded]
        by_type: defaultdict[str, list[Folded]] = defaultdict(list)
        for each in folded:
            by_type[each.machine.asset.name].append(each)
        self._types = [figures(machines) for machines in by_type.values()]

    def told(self, bucket: Interval) -> list[Told]:
        """Each figure of a bucket."""
        counted = [figures for figures in self._types if figures.expected_ms(bucket)]
        of_types = [
            (
                figures.told([_own(figures.asset, kpi) for kpi in self._told], bucket),
                figures.expected_ms(bucket),
            )
            for figures in counted or self._types[:1]
        ]
        found = [
            together([(told[at], time_ms) for told, time_ms in of_types])
            for at in range(len(self._told))
        ]
        return found + self._untold


def _own(asset: Asset, kpi: Kpi) -> Kpi:
    """What that type calls the same."""
    return next(own for own in asset.kpis if own.name == kpi.name)


def together(parts: Sequence[tuple[Told, int]]) -> Told:
    """What adds up, of so much time of machines each."""
    if len(parts) == 1:
        return parts[0][0]
    answers = [told.answer for told, _ in parts]
    reasons = [told.reason for told, _ in parts if told.reason is not None]
    unknown = [reason for reason in reasons if reason != NOT_MEASURED]
    whole = sum(time_ms for _, time_ms in parts)
    coverage = sum(told.answer.coverage * time_ms for told, time_ms in parts) / whole
    low, high = _sum(a.low for a in answers), _sum(a.high for a in answers)
    if unknown or len(reasons) == len(parts):
        return Told(Answer(None, low, high, coverage), (unknown or reasons)[0])
    return Told(Answer(_sum(a.value or 0.0 for a in answers), low, high, coverage))


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None
