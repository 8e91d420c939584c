"""Events as lines of CSV, made by SQLite: what the asset type knows in columns, and all of it."""

from contract.assets.words import Asset
from contract.csv_labels import Column
from gateway.api.columns import BEFORE, line_of, quoted, text_cell
from gateway.api.export import CELLS, Lines

_VALUES = "'\"' || replace(r.body, '\"', '\"\"') || '\"'"


def lines_of(*types: Asset) -> Lines:
    """The events of devices of these types."""
    events = [event for asset in types for event in asset.events]
    fields = dict.fromkeys(Column(*field) for event in events for field in event.fields)
    words = dict.fromkeys(word for event in events for word in event.words)
    cells = [
        *CELLS,
        text_cell("r.event"),
        *(_field(field.name) for field in fields),
        *(_field(word) for word in words),
        _VALUES,
    ]
    labels = [*BEFORE, "event", *(field.label for field in fields), *words, "values"]
    return Lines(",".join(labels) + "\n", line_of(cells), of_events=True)


def _field(name: str) -> str:
    """As it is stored: a number digit by digit, a text without its quotes."""
    at = quoted(name)
    return (
        f"CASE json_type(r.body, '$.' || json_quote({at})) WHEN 'text'"
        f" THEN {text_cell(f'(r.body ->> {at})')} ELSE coalesce(r.body -> {at}, '') END"
    )
