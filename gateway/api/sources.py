"""Devices of a running gateway and a query in; what an export is made of, out."""

from collections.abc import Sequence

import apsw

from gateway.api import left_out
from gateway.api.columns import table_of
from gateway.api.context import Context
from gateway.api.csv_form import Form
from gateway.api.export import Extent, Source, newest_id
from gateway.api.export_params import ExportQuery
from gateway.api.left_out import LeftOut
from gateway.api.spans import everything
from gateway.twin.fleet import Device

_OR_ELSE = "ask with damaged=leave_out for all but these."


def sources_of(devices: Sequence[Device], form: Form, context: Context) -> list[Source]:
    """In a table that has the columns of all their types."""
    table = table_of((each.asset for each in devices), form)
    tariffs = context.services.registrar.tariffs
    return [
        Source(each.id, each.name, each.asset, table, tariffs.params(each.name, each.asset))
        for each in devices
    ]


async def extent_of(devices: Sequence[Device], query: ExportQuery, context: Context) -> Extent:
    """What is exported: nothing that is stored from now on.

    Raises:
        Refused: it would end before it begins.
        Unreadable: of the archive something cannot be read, and nobody asked to leave that out.
    """
    span = everything(query)
    names = [(each.id, each.name) for each in devices]

    def look(connection: apsw.Connection) -> Extent:
        if query.damaged == "refuse":
            left_out.check(
                connection, names, from_ms=span.from_ms, to_ms=span.to_ms, or_else=_OR_ELSE
            )
        return Extent(span.from_ms, span.to_ms, newest_id(connection))

    return await context.readers.run(look)


def left_out_of(query: ExportQuery) -> LeftOut | None:
    """What takes the stretches that cannot be read, where they are to be left out."""
    return LeftOut() if query.damaged == "leave_out" else None
