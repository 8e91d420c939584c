"""Machines and where they are in their lives in; which of them count, and when, out.

A machine is there from when it was added, first heard of or first measured, whichever is earlier
(``queries.began`` knows the last), until it was retired or replaced.
"""

from collections.abc import Iterable

from gateway.api.ground import Ground
from gateway.api.queries.counting import Counting
from gateway.api.queries.pieces import whole_minute
from gateway.api.queries.usage import Range
from gateway.twin.fleet import Device


def counted(span: Range, ground: Ground, *, at_ms: int | None = None) -> list[Device]:
    """Who counts in sums of a range: of a machine that is retired what it did before that does.

    ``at_ms``: of whom had been heard by then, and who was retired by then, as ``ground`` says.
    """
    return [
        device
        for device in known_by(ground.services.fleet, at_ms)
        if (ended := ended_ms(device, ground)) is None or ended > span.from_ms
    ]


def known_by(devices: Iterable[Device], at_ms: int | None) -> list[Device]:
    """Who had been heard of by then; None: now."""
    return [each for each in devices if at_ms is None or each.first_seen_ms <= at_ms]


def ended_ms(device: Device, ground: Ground) -> int | None:
    """When it was retired, or replaced; None: it was not."""
    stage = ground.services.registrar.register.stage(device.name)
    return (stage.since_ms or 0) if stage.is_over else None


def counting(device: Device, context: Ground) -> Counting:
    """Nothing of commissioning counts in a figure over time, whoever asks for which.

    Nor does what comes behind a machine's end; of the minute of that all does.
    """
    spans = [*context.services.registrar.register.commissioned(device.name)]
    if (end_ms := ended_ms(device, context)) is not None:
        spans.append((whole_minute(end_ms), None))
    return Counting.but_for(spans, from_ms=device.first_seen_ms)
