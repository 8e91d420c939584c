"""Events as lines of CSV, made by SQLite: what the asset type knows in columns, and all of it."""

from contract.assets.words import Asset
from contract.csv_labels import Column
from gateway.api.columns import BEFORE, quoted, text_cell
from gateway.api.csv_form import PLAIN, Form, Heading, Own
from gateway.api.export import Lines, cells_before

_VALUES = "'\"' || replace(r.body, '\"', '\"\"') || '\"'"


def lines_of(*types: Asset, form: Form = PLAIN) -> Lines:
    """The events of devices of these types."""
    events = [event for asset in types for event in asset.events]
    fields = dict.fromkeys(Column(*field) for event in events for field in event.fields)
    words = dict.fromkeys(word for event in events for word in event.words)
    cells = [
        *cells_before(form),
        text_cell("r.event"),
        *(_field(field.name, form) for field in fields),
        *(_field(word, form) for word in words),
        _VALUES,
    ]
    headings: list[Heading] = [*BEFORE, Own("event"), *fields, *map(Own, words), Own("values")]
    return Lines(form.head(headings), form.line(cells), of_events=True)


def _field(name: str, form: Form) -> str:
    """As it is stored: a number digit by digit, a text without its quotes."""
    at = quoted(name)
    number = form.number(f"coalesce(r.body -> {at}, '')")
    return (
        f"CASE json_type(r.body, '$.' || json_quote({at})) WHEN 'text'"
        f" THEN {text_cell(f'(r.body ->> {at})')}"
        f" ELSE {number} END"
    )
