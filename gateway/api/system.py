"""The gateway's own means in, one view of them out: room, clock, work, versions, budgets."""

import shutil
from collections import Counter
from typing import Final

import msgspec

from gateway.api.health import running_version
from gateway.api.inference_peer import ModelState
from gateway.api.ports import Services
from gateway.api.queries.refused import Refused
from gateway.clocks.witnesses import BesideBoards

MOST_DEVICES: Final = 10


class Disk(msgspec.Struct):
    """Bytes. ``reserve`` is the file that gives way to the journal on a full disk."""

    journal: int
    reserve: int
    free: int
    total: int


class Kept(msgspec.Struct):
    """How long things are kept, and since when there are readings."""

    reading_days: float
    minute_days: float
    alarm_days: float
    oldest_reading_ms: int | None


class Clock(msgspec.Struct):
    """The gateway's, and how far it is ahead of the boards' (null: none was heard lately)."""

    now_ms: int
    time_zone: str
    offset_ms: int | None
    within_ms: int | None
    boards: int


class Work(msgspec.Struct):
    """Since the gateway started; ``queue`` is now."""

    queue: int
    messages: int
    readings_stored: int
    duplicates: int
    dropped: int
    diagnoses: int


class Versions(msgspec.Struct):
    """``boards``: how many report each version of their program."""

    gateway: str
    inference: str | None
    models: dict[str, ModelState]
    boards: dict[str, int]


class Budgets(msgspec.Struct):
    """What one board may send, and which boards sent more, the most refused first."""

    readings_per_s: float
    mb_a_day: float
    over: dict[str, int]


class Learning(msgspec.Struct):
    """Of machines in use: how many there are, of how many what is normal is known.

    ``oldest_look_s``: so long the oldest look waits to be judged (null: none does).
    """

    machines: int
    learned: int
    oldest_look_s: float | None


class System(msgspec.Struct):
    """What ``/system`` answers."""

    uptime_s: float
    disk: Disk
    kept: Kept
    clock: Clock
    work: Work
    versions: Versions
    budgets: Budgets
    refused: Refused
    learning: Learning


def disk_of(services: Services) -> Disk:
    data_dir = services.settings.data_dir
    usage = shutil.disk_usage(data_dir)
    ballast = data_dir / "ballast"
    reserve = ballast.stat().st_size if ballast.exists() else 0
    return Disk(services.metrics().journal_bytes, reserve, usage.free, usage.total)


def kept_of(services: Services, oldest_reading_ms: int | None) -> Kept:
    settings = services.settings
    days = (settings.retention_days, settings.minute_days, settings.alarm_days)
    return Kept(*days, oldest_reading_ms)


def clock_of(services: Services) -> Clock:
    beside: BesideBoards | None = services.beside_boards()
    offset_ms, within_ms, boards = beside or (None, None, 0)
    zone = services.settings.site_time.name
    return Clock(services.now_ms(), zone, offset_ms, within_ms, boards)


def work_of(services: Services) -> Work:
    metrics = services.metrics()
    return Work(*(getattr(metrics, name) for name in Work.__struct_fields__))


def versions_of(
    services: Services, *, inference: str | None, models: dict[str, ModelState]
) -> Versions:
    births = (device.birth for device in services.fleet)
    boards = Counter(birth.firmware for birth in births if birth is not None and birth.firmware)
    return Versions(running_version(), inference, models, dict(boards.most_common()))


def budgets_of(services: Services) -> Budgets:
    settings = services.settings
    over = Counter({each.name: each.counts.over_budget for each in services.fleet})
    most = {name: count for name, count in over.most_common(MOST_DEVICES) if count}
    return Budgets(settings.board_readings_per_s, settings.board_mb_a_day, most)
