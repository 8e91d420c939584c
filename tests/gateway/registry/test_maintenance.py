"""Who is in maintenance, asked of a large fleet at once."""

from datetime import datetime, time

from contract.site_time import SiteTime
from gateway.registry.maintenance import Maintenance
from gateway.registry.params import ParamBook
from gateway.registry.register import Register
from gateway.registry.windows import Weekly, Window
from gateway.twin.fleet import Fleet

SATURDAY_MS = round(datetime.fromisoformat("2025-11-22T23:00+00:00").timestamp() * 1000)
NIGHT = Weekly(weekdays=("sat",), begins=time(22), ends=time(2, 30))


class Looked(SiteTime):
    """Counts how often somebody looks at the clock on the wall."""

    __slots__ = ("looks",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.looks = 0

    def wall(self, time_ms: int) -> datetime:
        self.looks += 1
        return super().wall(time_ms)


async def nothing(_: object) -> None:
    """Nobody makes a window, so there is nothing to write."""


def maintenance(site: SiteTime) -> Maintenance:
    return Maintenance(
        register=Register(ParamBook({}, site)),
        fleet=Fleet(),
        site=site,
        write=nothing,
        settle=nothing,
        changed=lambda _: None,
        now_ms=lambda: SATURDAY_MS,
    )


def test_a_weekly_window_is_worked_out_once_a_moment_however_many_machines_ask() -> None:
    site = Looked("Europe/London")
    made = maintenance(site)
    made._register.windows["w"] = Window(id="w", from_ms=0, weekly=NIGHT, note="cleaning")
    first = made.standing("fan-0", SATURDAY_MS)
    looks = site.looks
    assert first is not None
    assert [made.standing(f"fan-{n}", SATURDAY_MS) for n in range(500)] == [first] * 500
    assert site.looks == looks
    assert made.standing("fan-1", SATURDAY_MS - 7_200_000) is None
    assert made.standing("fan-1", SATURDAY_MS) == first
