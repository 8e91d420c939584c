"""Machines and a range in; their power over time, with peak and base, out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from contract.buckets import DAY_MS, Interval
from contract.errors import Refused
from contract.language.layout import reduced
from contract.language.meaning import ENERGY
from contract.language.program import program_of
from gateway.api.context import Context
from gateway.api.meters import Meters
from gateway.api.power_course import Course, Drawn, course_of, loads_of, quarters_of, together
from gateway.api.queries.drawn import drawn
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device
from gateway.twin.tiers import QUARTER_MS

MOST_DAYS: Final = 400
TOO_LONG: Final = f"Power is told of at most {MOST_DAYS} days at a time."


class Courses:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self, devices: Sequence[Device], *, from_ms: int, to_ms: int, context: Context
    ) -> None:
        """``to_ms``: what lies ahead is left out.

        Raises:
            Refused: it is too long a time.
        """
        to_ms = min(to_ms, context.services.now_ms())
        if to_ms - from_ms > MOST_DAYS * DAY_MS:
            raise Refused(TOO_LONG)
        self._quarters = quarters_of(from_ms, to_ms)
        # One list for all machines: what it is read from is found out once.
        before = [Interval(q.start_ms - QUARTER_MS, q.start_ms) for q in self._quarters[:1]]
        self._read = [*before, *self._quarters]
        buckets = SiteBuckets("total", context.services.settings.site_time)
        meters = Meters(Range(from_ms, max(from_ms, to_ms), buckets), context)
        self._meters = [(meters.of(each), each) for each in devices]

    def told(self, stored: Stored) -> dict[str, Any]:
        """On a reader's thread."""
        courses = {
            meter.device: _course(drawn(stored, meter, self._read), meter, self._quarters, device)
            for meter, device in self._meters
            if meter.has_energy
        }
        return _told(courses, [quarter.start_ms for quarter in self._quarters])


def _course(
    found: Mapping[int, Drawn], meter: Meter, quarters: list[Interval], device: Device
) -> Course:
    times_ms = [quarter.start_ms for quarter in quarters]
    course = course_of(found, times_ms, is_counted=_is_counted(device))
    told_ms = [ms for ms, mean_w in zip(times_ms, course.mean_w, strict=True) if mean_w is not None]
    begun_ms = min([device.first_seen_ms, *told_ms[:1]])  # what it has measured may be of before
    out = (
        at
        for at, quarter in enumerate(quarters)
        if quarter.end_ms <= begun_ms or not meter.counting.length_ms(quarter)
    )
    return course._replace(left_out=frozenset(out))


def _told(courses: Mapping[str, Course], times_ms: list[int]) -> dict[str, Any]:
    measured = [course for course in courses.values() if any(course.coverage)]
    whole = together(measured, len(times_ms))
    return msgspec.structs.asdict(loads_of(whole, times_ms)) | {
        "step_ms": QUARTER_MS,
        "time_ms": times_ms,
        "power_w": whole.mean_w,
        "measured": whole.coverage,
        "devices": {name: loads_of(course, times_ms) for name, course in courses.items()},
    }


def _is_counted(device: Device) -> bool:
    """Whether its energy is a counter's."""
    formulas = program_of(device.asset).formulas
    energy = formulas.standing.get(ENERGY)
    leaves = reduced([energy], formulas.kpis) if energy is not None else []
    return any(leaf.function == "increase" for leaf in leaves)
