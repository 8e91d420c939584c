"""Readings with something wrong in them that costs only itself: the rest of each is stored."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.rubbish import INJECTIONS, VALUES, encoded, spliced

POURING = {
    "flow": 2.0,
    "tank_level": 80.0,
    "hot_temperature": 84.0,
    "cold_temperature": 5.0,
    "power": 2000.0,
    "hot_set_point": 85.0,
    "state": "dispensing",
    "litres": 12.25,
    "energy": 999.999,
}
_WORDS = ("NaN", "-Infinity", "nan", "-inf", "-nan(ind)")  # as many a library writes no number


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """One such reading, what is stored of its values, and the reasons of what is set aside."""

    name: str
    payload: bytes
    values: Mapping[str, Any] = field(default_factory=lambda: VALUES)
    aside: Mapping[str, str] = field(default_factory=dict)
    seq: int = 1
    introduced: bool = True
    asset: str = "fan"


def oddities() -> list[Oddity]:
    """All of them, each with a name of its own."""
    parts = (
        _no_numbers,
        _impossible,
        _within_accuracy,
        _partial,
        _events,
        _states_and_counters,
        _surplus,
        _numbers,
        _times,
    )
    found = [oddity for part in parts for oddity in part()]
    names = [oddity.name for oddity in found]
    assert len(set(names)) == len(names), "two have one name"
    return found


def _without(channel: str) -> dict[str, float]:
    return {name: value for name, value in VALUES.items() if name != channel}


def _no_numbers() -> Iterator[Oddity]:
    for channel, value in VALUES.items():
        for literal in (
            "1e400",
            "-1e400",
            "9" * 5_000,
            '"1"',
            "true",
            "null",
            "[1]",
            "{}",
            *_WORDS,
        ):
            shown = literal if len(literal) < 10 else "5,000 digits"
            yield Oddity(
                name=f"{channel} is {shown}",
                payload=spliced(f'"{channel}": {value}', f'"{channel}":{literal}'),
                values=_without(channel),
                aside={channel: "not_a_number"},
            )


def _impossible() -> Iterator[Oddity]:
    beyond: dict[str, tuple[float, ...]] = {
        "temperature": (-40.6, 150.6, -127.0),
        "rpm": (-0.1, 6000.1),
        "current": (-0.08, 20.1),
        "vibration": (-0.1, 100.1),
        "ambient": (-40.6, 85.6),
    }
    for channel, values in beyond.items():
        for value in (*values, 1e308, -1e308):
            yield Oddity(
                name=f"{channel} is {value:g}",
                payload=encoded(values=VALUES | {channel: value}),
                values=_without(channel),
                aside={channel: "out_of_range"},
            )


def _partial() -> Iterator[Oddity]:
    for channel in (*VALUES, "ambient"):
        values = {channel: VALUES.get(channel, 21.0)}
        yield Oddity(name=f"{channel} alone", payload=encoded(values=values), values=values)
        yield Oddity(
            name=f"all but {channel}",
            payload=encoded(values=_without(channel)),
            values=_without(channel),
        )
    instead = _without("temperature")
    yield Oddity(
        name="another spelling instead",
        payload=encoded(values=instead | {"Temperature": 1.0}),
        values=instead,
        aside={"Temperature": "unknown_channel"},
    )


def _events() -> Iterator[Oddity]:
    """None of which a fan knows."""
    yield Oddity(name="an event", payload=encoded(event="service"))
    nothing = encoded(event="x", values=None)
    yield Oddity(name="an event of nothing", payload=nothing, values={})
    for name, value, reason in (
        ("null", None, "not_a_number"),
        ("a list", [1], "not_a_number"),
        ("a long text", "x" * 65, "too_long"),
        ("a NUL", "a\0b", "not_a_text"),
    ):
        yield Oddity(
            name=f"an event of {name}",
            payload=encoded(event="x", values={"good": 1.0, "bad": value}),
            values={"good": 1.0},
            aside={"bad": reason},
        )
    for text in ("", "Ü", 'a "b": c', "=1+1", *INJECTIONS[:-1]):
        yield Oddity(
            name=f"an event that says {text!r}",
            payload=encoded(event="x", values={"text": text}),
            values={"text": text},
        )
    for name in ("a b", "", "time ", *INJECTIONS):
        yield Oddity(
            name=f"an event with a field {name!r}",
            payload=encoded(event="x", values={"good": 1.0, name: 2.0}),
            values={"good": 1.0},
            aside={name[:40]: "bad_event"},
        )


def _within_accuracy() -> Iterator[Oddity]:
    """A sensor at its end reads a little beyond it."""
    for channel, value, clipped in (
        ("temperature", -40.1, -40.0),
        ("temperature", 150.1, 150.0),
        ("current", -0.01, 0.0),
        ("ambient", 85.1, 85.0),
    ):
        yield Oddity(
            name=f"{channel} is {value:g}, for {clipped:g}",
            payload=encoded(values=VALUES | {channel: value}),
            values=VALUES | {channel: clipped},
        )


def _states_and_counters() -> Iterator[Oddity]:
    """Of a dispenser: each sets itself aside, and the rest of the reading stands."""
    wrong: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
        ("state", "unknown_state", ("flying", "", "Idle", *INJECTIONS)),
        ("state", "not_a_text", (1, None, True, ["idle"], {})),
        ("litres", "out_of_range", (-0.25, 2.0**53 * 4, -1e308)),
        ("energy", "out_of_range", (-1.0, 1000.5)),
        ("litres", "not_a_number", ("12.25", None, True, [1], {})),
    )
    for name, reason, values in wrong:
        for value in values:
            yield Oddity(
                name=f"a dispenser whose {name} is {value!r}",
                payload=encoded(values=POURING | {name: value}),
                values={key: each for key, each in POURING.items() if key != name},
                aside={name: reason},
                asset="dispenser",
            )
    for name, alone in POURING.items():
        yield Oddity(
            name=f"a dispenser's {name} alone",
            payload=encoded(values={name: alone}),
            values={name: alone},
            asset="dispenser",
        )


def _surplus() -> Iterator[Oddity]:
    for name in ("pressure", "Temperature", "temperature ", "", "x" * 300, *INJECTIONS):
        yield Oddity(
            name=f"a channel {name[:40]!r}",
            payload=encoded(values=VALUES | {name: 1.0}),
            aside={name[:64]: "unknown_channel"},
        )
    yield Oddity(
        name="a channel of a board without birth",
        payload=encoded(values=VALUES | {"x": 1.0}),
        aside={"x": "unknown_channel"},
        introduced=False,
    )


def _numbers() -> Iterator[Oddity]:
    """Whole numbers as many a library writes them."""
    yield Oddity(name="seq 1.0", payload=encoded(seq=1.0))
    yield Oddity(name="seq 1e3", payload=spliced('"seq": 1', '"seq":1e3'), seq=1_000)
    yield Oddity(name="time 1.0", payload=encoded(time_ms=float(time.time_ns() // 1_000_000)))


def _times() -> Iterator[Oddity]:
    """A clock that is not set, or far ahead."""
    times: dict[str, Any] = {
        "0": 0,
        "1970": 5_000,
        "2000": 946_684_800_000,
        "2300": 10_413_792_000_000,
        "-1": -1,
        "-2^63": -(2**63),
    }
    for name, time_ms in times.items():
        yield Oddity(name=f"time {name}", payload=encoded(time_ms=time_ms))
