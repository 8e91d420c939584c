"""A question about figures of machines together in; the answer of ``/kpis`` out."""

from collections.abc import Iterable, Sequence

import apsw

from contract.assets.words import Asset
from gateway.api.ground import Ground
from gateway.api.groups import Group, GroupBy, Member, check_known, grouped, wanted
from gateway.api.machines import Machines
from gateway.api.queries.known import Then
from gateway.api.queries.usage import Range
from gateway.api.reading import Reading
from gateway.twin.fleet import Device


class Grouping:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self,
        devices: Sequence[Device],
        *,
        by: GroupBy,
        names: Sequence[str] | None,
        span: Range,
        context: Ground,
        then: Then | None = None,
    ) -> None:
        """``then``: as of another time than now. Raises Refused: no machine has such a figure."""
        members = [_member(device, context) for device in devices]
        if names is not None and members:
            check_known(names, [member.asset for member in members])
        self._by = by
        self._groups = {
            name: (its, wanted(_types(its), names, is_alone=len(its) == 1))
            for name, its in grouped(members, by, site=context.services.settings.site).items()
        }
        kpis = [kpi for _, asked in self._groups.values() for kpi in asked.kpis]
        self._reading = Reading(span, kpis, context, then)
        self._machines = list(map(Machines(span, context).of, devices))

    def told(self, connection: apsw.Connection) -> dict[str, object]:
        """On a reader's thread."""
        folded = self._reading.folded(connection, self._machines)
        read = {each.machine.name: each for each in folded}
        made = [
            (name, Group([read[member.name] for member in its], asked, self._reading.figures))
            for name, (its, asked) in self._groups.items()
        ]
        return {"group": self._by} | self._reading.tables(made, read.values())


def _member(device: Device, context: Ground) -> Member:
    fields = context.services.registrar.register.entry(device.name).fields
    return Member(device.name, device.asset, fields)


def _types(members: Iterable[Member]) -> list[Asset]:
    return list({member.asset.name: member.asset for member in members}.values())
