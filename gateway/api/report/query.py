"""Which period, and which machines, as clients ask; who is meant by it."""

from typing import Annotated, Final

from pydantic import Field

from contract.buckets import Interval
from contract.errors import Refused
from contract.topics import NAME_PATTERN
from gateway.api.context import Context
from gateway.api.instants import moment_ms
from gateway.api.params import OfSome, RangeQuery
from gateway.api.queries.usage import Range
from gateway.api.relative import Clock
from gateway.api.standing import counted
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
    return Interval(query.from_, clock.now_ms() if query.to is None else query.to)


def meant(query: ReportQuery, span: Range, context: Context) -> list[Device]:
    """The machines that fit and count in the range.

    Raises:
        NotFound: there is no device of a name. Refused: none fits.
    """
    only = None if query.only is None else {context.services.fleet.get(n).name for n in query.only}
    devices = [each for each in counted(span, context) if only is None or each.name in only]
    found = [each for each in devices if _fits(each, query, context)]
    if query.is_filtered and not found:
        asked = ", ".join(f"{name} {value}" for name, value in query.choice.items() if value)
        raise Refused(f"No machine fits ({asked[:200]}): ask for others, or for all.")
    return found


def _fits(device: Device, query: ReportQuery, context: Context) -> bool:
    fields = context.services.registrar.register.entry(device.name).fields
    return (
        query.asset in {None, device.asset.name}
        and query.place in {None, fields.place}
        and query.group in {None, fields.group}
        and (query.tag is None or query.tag in fields.tags)
    )
