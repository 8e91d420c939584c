"""What a model says of its channels, in one list: for the layout of its records and for its birth.

A model lists ``CHANNELS`` with their units. ``STATES``, ``COUNTERS`` and ``LABELS`` say which of
them are no measurements, or name more: each entry is a name, or begins with one (a counter's unit
follows). ``DECIMALS`` are those of channels whose numbers have not three.
"""

MEASUREMENT, STATE, COUNTER, LABEL = "measurement", "state", "counter", "label"
_DECIMALS = 3


def channels(model) -> list[tuple[str, str, str, int]]:
    """Name, unit, kind and decimals of each."""
    kinds = {name: (unit, MEASUREMENT) for name, unit in model.CHANNELS}
    order = [name for name, _unit in model.CHANNELS]
    for kind, listed in ((STATE, "STATES"), (COUNTER, "COUNTERS"), (LABEL, "LABELS")):
        for entry in getattr(model, listed, ()):
            name = _name(entry)
            unit = entry[1] if kind == COUNTER and name != entry else ""
            if name in kinds:
                unit = kinds[name][0]
            else:
                order.append(name)
            kinds[name] = unit, kind
    decimals = getattr(model, "DECIMALS", {})
    return [(name, kinds[name][0], kinds[name][1], decimals.get(name, _DECIMALS)) for name in order]


def in_birth(model) -> dict[str, object]:
    """What a birth has of them; a measurement does not say that it is one."""
    told: list[dict[str, str]] = []
    for name, unit, kind, _decimals in channels(model):
        told.append({"name": name, "unit": unit})
        if kind != MEASUREMENT:
            told[-1]["kind"] = kind
    announced: dict[str, object] = {"channels": told}
    events = [_name(entry) for entry in getattr(model, "EVENTS", ())]
    if events:
        announced["events"] = events
    return announced


def _name(entry) -> str:
    name: str = entry if isinstance(entry, str) else entry[0]
    return name
