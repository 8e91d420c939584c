"""Which period, and which machines, as clients ask; who is meant by it."""

from typing import Annotated, Final

from pydantic import Field

from contract.buckets import Interval
from contract.errors import Refused
from contract.topics import NAME_PATTERN
from gateway.api.context import Context
from gateway.api.ground import Ground
from gateway.api.instants import iso, moment_ms
from gateway.api.params import AsOf, OfSome, RangeQuery
from gateway.api.queries.usage import Range
from gateway.api.relative import Clock
from gateway.api.report.period import Period, period_of
from gateway.api.standing import counted
from gateway.api.then import Known, Past, known_of
from gateway.journal.formers import settled_ms
from gateway.twin.fleet import Device

_USUAL: Final = "last week"


class ReportQuery(OfSome, RangeQuery):
    """The last week, where no range is given."""

    asset: Annotated[
        str | None,
        Field(
            pattern=f"^{NAME_PATTERN}$",
            description="Only machines of this type.",
            examples=["fan"],
        ),
    ] = None
    place: Annotated[
        str | None, Field(max_length=200, description="Only those there.", examples=["hall 2"])
    ] = None
    group: Annotated[
        str | None, Field(max_length=200, description="Only its machines.", examples=["cooling"])
    ] = None
    tag: Annotated[
        str | None, Field(max_length=200, description="Only those with it.", examples=["leased"])
    ] = None
    as_of: AsOf = None

    @property
    def choice(self) -> dict[str, object]:
        """What is asked for of the machines."""
        found = {name: getattr(self, name) for name in ("asset", "place", "group", "tag")}
        return found | {"devices": self.only}

    @property
    def is_filtered(self) -> bool:
        return any(value is not None for value in self.choice.values())


def span_of(query: ReportQuery, clock: Clock) -> Interval:
    """From when until when."""
    if query.from_ is None and query.to is None:
        ends = (moment_ms(_USUAL, clock, is_end=is_end) for is_end in (False, True))
        return Interval(*ends)
    if query.from_ is None:
        raise Refused("Say from when on: 'from', such as last week or 2025-11-01.")
    until_ms = clock.now_ms() if query.as_of is None else query.as_of
    return Interval(query.from_, until_ms if query.to is None else query.to)


def period_meant(query: ReportQuery, context: Context) -> Period:
    """It, and how far it has come; as of another time how far it had been measured then.

    Raises:
        Refused: it is none, or has not begun, or had not.
    """
    services = context.services
    site, now_ms = services.settings.site_time, services.now_ms()
    span = span_of(query, Clock(site, services.now_ms))
    if query.as_of is None:
        return period_of(site, span, now_ms=now_ms)
    known_ms = settled_ms(min(query.as_of, now_ms))
    if known_ms <= span.start_ms < span.end_ms:
        raise Refused(
            f"Nothing of the period was known at 'as_of': it begins at {iso(span.start_ms)}, and"
            " minutes are told from two minutes after their end on."
        )
    return period_of(site, span, now_ms=known_ms)


async def known_then(query: ReportQuery, period: Period, context: Context) -> Known | None:
    """What can be told as of a time; None: nobody asks so. Raises Refused: it is still to come."""
    fleet = context.services.fleet
    devices = fleet if query.only is None else list(map(fleet.get, query.only))
    return await known_of(query.as_of, devices, period.span, period.before, context)


def meant(query: ReportQuery, span: Range, context: Context, past: Past | None) -> list[Device]:
    """The machines that fit and count in the range, and were known already.

    Raises:
        NotFound: there is no device of a name. Refused: none fits.
    """
    only = None if query.only is None else {context.services.fleet.get(n).name for n in query.only}
    ground = past or context
    devices = [
        each
        for each in counted(span, ground, at_ms=query.as_of)
        if only is None or each.name in only
    ]
    found = [each for each in devices if _fits(each, query, ground)]
    if query.is_filtered and not found:
        asked = ", ".join(f"{name} {value}" for name, value in query.choice.items() if value)
        raise Refused(f"No machine fits ({asked[:200]}): ask for others, or for all.")
    return found


def _fits(device: Device, query: ReportQuery, ground: Ground) -> bool:
    fields = ground.services.registrar.register.entry(device.name).fields
    return (
        query.asset in {None, device.asset.name}
        and query.place in {None, fields.place}
        and query.group in {None, fields.group}
        and (query.tag is None or query.tag in fields.tags)
    )
