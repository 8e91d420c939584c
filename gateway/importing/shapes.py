"""A table as a file has it in; one with a column a channel out."""

from gateway.importing.long_tables import LongTable
from gateway.importing.tables import Table
from gateway.importing.telegraf import TelegrafTable


def shaped(table: Table) -> Table:
    """Raises Refused: it is of a known kind, and lacks what that must have."""
    return LongTable.of(table) or TelegrafTable.of(table) or table
