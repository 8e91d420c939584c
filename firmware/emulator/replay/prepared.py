"""A recording looked through, and all that is made of it: files in, a player and a model out."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from firmware.emulator.replay.options import ReplayOptions
from firmware.emulator.replay.player import Model, Pace, Player, rate_of
from firmware.emulator.replay.recording import Mistakes, Recording, Survey, Unreadable
from firmware.emulator.replay.table import Field

_OLDEST_MS: Final = 1_420_070_400_000  # 2015: a board that tells an earlier time has no clock
_MOST_CHANNELS: Final = 64


@dataclass(frozen=True, kw_only=True)
class Replay:
    """All that is to be sent, and as what."""

    options: ReplayOptions
    model: Model
    player: Player
    mistakes: Mistakes
    rate_hz: float
    total: int
    first_ms: int  # as it is told
    last_ms: int
    left_out: tuple[str, ...]


def prepared(options: ReplayOptions, *, now_ms: int) -> Replay:
    """Look the recording through.

    Raises:
        Unreadable: it cannot be replayed; the text says why.
    """
    recordings = _recordings(options)
    surveys = [each.survey() for each in recordings]
    fields = _fields(recordings[0], surveys[0])
    pace, mistakes = _pace(options, surveys, now_ms), Mistakes()
    return Replay(
        options=options,
        model=_model(options, fields, surveys[0]),
        player=_player(options, recordings, fields, pace, mistakes),
        mistakes=mistakes,
        rate_hz=rate_of(surveys[0].step_ms),
        total=sum(each.readings + each.events for each in surveys),
        first_ms=pace.first_ms + pace.shift_ms,
        last_ms=max(each.last_ms for each in surveys) + pace.shift_ms,
        left_out=recordings[0].heading.left_out,
    )


def _recordings(options: ReplayOptions) -> list[Recording]:
    paths = [path for path in (options.path, options.events) if path is not None]
    return [
        Recording(path, options.wanted, only=options.only, number=number)
        for number, path in enumerate(paths)
    ]


def _fields(recording: Recording, survey: Survey) -> tuple[Field, ...]:
    fields = recording.fields(survey)
    if len(fields) > _MOST_CHANNELS:
        raise Unreadable(
            f"{recording.path} has {len(fields)} channels, and {_MOST_CHANNELS} are the most: "
            "leave some out with --map COLUMN="
        )
    if not fields and not survey.events:
        raise Unreadable(f"{recording.path} has no value in any of its channels")
    return fields


def _pace(options: ReplayOptions, surveys: Sequence[Survey], now_ms: int) -> Pace:
    """The last one is told to be of the moment at which it is sent, or all keep their times."""
    first_ms = min(each.first_ms for each in surveys)
    last_ms = max(each.last_ms for each in surveys)
    shift_ms = now_ms + round((last_ms - first_ms) / options.speed) - last_ms
    if options.own_times:
        if not _OLDEST_MS <= first_ms <= last_ms <= now_ms:
            raise Unreadable(
                f"{options.path} has times before 2015 or in the future: leave out --own-times"
            )
        shift_ms = 0
    return Pace(first_ms=first_ms, shift_ms=shift_ms, speed=options.speed)


def _model(options: ReplayOptions, fields: Sequence[Field], survey: Survey) -> Model:
    asset = options.wanted.asset
    return Model(
        f"replay of {options.path.name}",
        # A record has a column at least, also of a file of events alone.
        fields or (Field(at=0, column="", channel="value", holds="measurement"),),
        decimals={each.channel: survey.seen[each.channel].decimals for each in fields},
        nominal_hz=asset.nominal_rate_hz if asset else 0.0,
    )


def _player(
    options: ReplayOptions,
    recordings: Sequence[Recording],
    fields: Sequence[Field],
    pace: Pace,
    mistakes: Mistakes,
) -> Player:
    asset = options.wanted.asset
    parts = [
        each.items(() if number else fields, mistakes) for number, each in enumerate(recordings)
    ]
    return Player(
        heapq.merge(*parts, key=attrgetter("time_ms")),
        pace=pace,
        files=[each.path.name for each in recordings],
        mistakes=mistakes,
        ranges={
            each.name: (each.low - each.accuracy, each.high + each.accuracy)
            for each in (asset.channels if asset else ())
        },
    )
