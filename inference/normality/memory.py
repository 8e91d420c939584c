"""A ``Watch`` as a document that others keep, and back: the service itself remembers no machine."""

import math
from typing import Any

import msgspec
import numpy as np

from inference.errors import BadRequest
from inference.normality.normal import Array, Normal
from inference.normality.record import Record, copied
from inference.normality.settings import TUNING, Tuning
from inference.normality.watch import Watch


class Memory(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of one machine's normal, and where it is now. See ``Normal`` and ``Watch``."""

    channels: list[str]
    rows: int
    first: int
    centre: list[float]
    scale: list[float]
    weights: list[list[float]]
    level: list[float]
    smooth: list[float]
    beyond: int = 0
    age: int | None = None
    course: list[float] | None = None
    height: float = 0.0
    peak: float = 0.0
    rest: int = 0
    threshold: float = 0.0
    borne: float = 0.0
    record: Record = msgspec.field(default_factory=Record)


def remembered(watch: Watch, channels: list[str]) -> Memory:
    """All of it; numbers as they are, so that going on gives what never stopping had given."""
    normal = watch.normal
    return Memory(
        channels=channels, rows=normal.rows, first=normal.first, centre=normal.centre.tolist(),
        scale=normal.scale.tolist(), weights=normal.weights.tolist(), level=watch.level.tolist(),
        smooth=watch.smooth.tolist(), beyond=watch.beyond, age=watch.age,
        course=watch.course.tolist(), height=watch.height, peak=watch.peak, rest=watch.rest,
        threshold=watch.threshold, borne=watch.borne, record=watch.record,
    )  # fmt: skip


def recalled(memory: Memory, *, tuning: Tuning = TUNING) -> Watch:
    """The watch that ``memory`` is of.

    Raises:
        BadRequest: it is of other channels than it says, or has no good number somewhere.
    """
    count = len(memory.channels)
    shapes = {
        "centre": (count,), "scale": (count,), "weights": (count, count), "level": (count,),
        "smooth": (count,), "course": (count,),
    }  # fmt: skip
    parts = {name: _part(memory, name, shape) for name, shape in shapes.items()}
    if memory.rows < 1 or memory.first < 1 or not math.isfinite(memory.height):
        raise BadRequest("memory: rows and first count from 1, and height is a number.")
    course = parts.pop("course")
    normal = Normal(rows=memory.rows, first=memory.first, **parts)
    watch = Watch(normal, record=copied(memory.record), tuning=tuning)
    watch.beyond, watch.age, watch.height, watch.course = (
        memory.beyond, memory.age, memory.height, course,
    )  # fmt: skip
    watch.peak, watch.rest = memory.peak, memory.rest
    watch.borne = max(watch.borne, memory.borne)
    watch.threshold = max(watch.borne, memory.threshold)
    return watch


def _part(memory: Memory, name: str, shape: tuple[int, ...]) -> Array:
    value: Any = getattr(memory, name)
    try:
        array = np.zeros(shape) if value is None else np.asarray(value, dtype=np.float64)
    except ValueError:
        array = np.full(1, np.nan)
    if array.shape != shape or not np.isfinite(array).all():
        raise BadRequest(f"memory.{name}: {shape[0]} channels want {shape} numbers.")
    return array
