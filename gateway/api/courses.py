"""Machines and a range in; their power over time, with peak and base, out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apsw
import msgspec

from contract.buckets import DAY_MS, Interval
from contract.errors import Refused
from contract.language.layout import reduced
from contract.language.meaning import ENERGY
from contract.language.program import program_of
from gateway.api.ground import Ground
from gateway.api.meters import Meters
from gateway.api.power_course import Course, course_of, loads_of, quarters_of, together
from gateway.api.queries.drawn import drawn
from gateway.api.queries.known import Then, as_known
from gateway.api.queries.metered import as_known_of
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device
from gateway.twin.tiers import QUARTER_MS

MOST_DAYS: Final = 400
TOO_LONG: Final = f"Power is told of at most {MOST_DAYS} days at a time."


class Courses:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self,
        devices: Sequence[Device],
        *,
        from_ms: int,
        to_ms: int,
        ground: Ground,
        then: Then | None = None,
    ) -> None:
        """``to_ms``: what lies ahead is left out. ``then``: as of another time than now.

        Raises:
            Refused: it is too long a time.
        """
        if then is not None:
            from_ms, to_ms = then.from_ms, then.to_ms
        to_ms = min(to_ms, ground.services.now_ms())
        if to_ms - from_ms > MOST_DAYS * DAY_MS:
            raise Refused(TOO_LONG)
        self._quarters = quarters_of(from_ms, to_ms)
        # One list for all machines: what it is read from is found out once.
        before = [Interval(q.start_ms - QUARTER_MS, q.start_ms) for q in self._quarters[:1]]
        is_known = then is None or then.reason is None
        self._read = [*(before if is_known else []), *self._quarters]
        self._then = then and then._replace(from_ms=max(0, from_ms - QUARTER_MS))
        self._site = ground.services.settings.site_time
        buckets = SiteBuckets("total", self._site)
        meters = Meters(Range(from_ms, max(from_ms, to_ms), buckets), ground)
        self._meters = [(meters.of(each), each) for each in devices]

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread."""
        courses: dict[str, Course] = {}
        with as_known(
            connection, [meter.device_id for meter, _ in self._meters], self._then
        ) as was:
            stored = Stored(connection, self._site, was=was)
            for meter, device in self._meters:
                if meter.has_energy:
                    its = as_known_of(connection, meter, was, self._then)
                    found = drawn(stored, its, self._read)
                    due_ms = its.counting.lengths_ms(self._quarters)
                    is_counted = _is_counted(device)
                    courses[its.device] = course_of(found, due_ms, is_counted=is_counted)
        return _told(courses, [quarter.start_ms for quarter in self._quarters])


def _told(courses: Mapping[str, Course], times_ms: list[int]) -> dict[str, Any]:
    whole = together(list(courses.values()), len(times_ms))
    return msgspec.structs.asdict(loads_of(whole, times_ms)) | {
        "step_ms": QUARTER_MS,
        "time_ms": times_ms,
        "power_w": whole.mean_w,
        "is_least": whole.is_least,
        "measured": whole.measured,
        "devices": {name: loads_of(course, times_ms) for name, course in courses.items()},
    }


def _is_counted(device: Device) -> bool:
    """Whether its energy is a counter's."""
    formulas = program_of(device.asset).formulas
    energy = formulas.standing.get(ENERGY)
    leaves = reduced([energy], formulas.kpis) if energy is not None else []
    return any(leaf.function == "increase" for leaf in leaves)
