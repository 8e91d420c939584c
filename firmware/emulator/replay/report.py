"""What became of a replay, for a person: what was sent, what was not, what was refused where."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from firmware.emulator.replay.prepared import Replay
from firmware.emulator.replay.recording import Mistakes
from firmware.emulator.replay.set_aside import NotTold, asked

_MOST_NAMED: Final = 20


def report(replay: Replay, *, waiting: int) -> int:
    """Say it; 0 where all of it is stored, else 1. ``waiting``: so many are not settled."""
    beyond = replay.player.beyond
    refused, doubt = _refused(replay)
    lines = [*_sent(replay, waiting), *_not_sent(replay), *_beyond(beyond), *refused, *doubt]
    print("\n".join(lines))  # noqa: T201 - a person reads it
    is_whole = not (waiting or replay.mistakes.count or beyond.count or refused or _rest(replay))
    return 0 if is_whole else 1


def _rest(replay: Replay) -> int:
    """What was not come to."""
    player = replay.player
    return 0 if player.peek() is None else replay.total - player.readings - player.events


def _sent(replay: Replay, waiting: int) -> Iterator[str]:
    player, options = replay.player, replay.options
    what = f"{player.readings:,} readings and {player.events:,} events"
    yield f"Sent {what} of {options.path.name} as {options.device}, told as"
    yield f"  {_iso(replay.first_ms)} to {_iso(replay.last_ms)}."
    if waiting:
        yield (
            f"{waiting:,} of them wait in {options.reached.data_dir / 'devices' / options.device}"
            " for the gateway's word: they go out when it is replayed again, or with any emulator"
            " of that device."
        )
    if rest := _rest(replay):
        yield f"It was stopped: some {rest:,} rows were not come to."


def _not_sent(replay: Replay) -> Iterator[str]:
    if replay.left_out:
        yield f"Columns that nobody knows, not sent: {', '.join(replay.left_out)}."
    if replay.mistakes.count:
        yield f"Not sent, as it cannot be used ({replay.mistakes.count:,}):"
        yield from _named(replay.mistakes)


def _named(mistakes: Mistakes) -> Iterator[str]:
    yield from (f"  {each}" for each in mistakes.named)
    if mistakes.count > len(mistakes.named):
        yield f"  and {mistakes.count - len(mistakes.named):,} more."


def _beyond(beyond: Mistakes) -> Iterator[str]:
    if beyond.count:
        yield f"Sent, and set aside by the gateway as it cannot be ({beyond.count:,} values):"
        yield from _named(beyond)


def _refused(replay: Replay) -> tuple[list[str], list[str]]:
    """What the gateway refused for good; and why that is not known, where it is not."""
    options = replay.options
    try:
        found = asked(options.url, options.device, token=options.token)
    except NotTold as error:
        return [], [f"Whether the gateway refused any of it is not known: {error}."]
    places = [(replay.player.place(each.epoch, each.seq), each.reason) for each in found]
    mine = [f"  {place}: {reason}" for place, reason in places[::-1] if place is not None]
    if len(mine) > _MOST_NAMED:
        mine[_MOST_NAMED:] = [f"  and {len(mine) - _MOST_NAMED:,} more: see /quarantine."]
    return ([f"Refused by the gateway ({len(mine):,}):", *mine] if mine else []), []


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="seconds")
