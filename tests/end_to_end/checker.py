"""The devices' logs and the gateway's evidence in, what contradicts the promises out. Pure.

The promises (docs/architecture.md section 4): what was acknowledged is in the store, or in
quarantine; what is in the store was accepted, unaltered, at the time at which its device measured
it; once all is quiet nothing accepted is missing that was not reported gone; and every figure
counts each reading exactly once.

Where a damaged journal was set aside, what it had acknowledged may be gone: told by gaps in epochs
of which the device still holds something, untold in those that were over. Nothing else may.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contract.language.layout import ALWAYS, EVENTS
from tests.end_to_end import naive
from tests.end_to_end.audit import DeviceLog, Key
from tests.end_to_end.evidence import Evidence, Stored

Marks = dict[str, dict[str, int]]  # by device and epoch, the last seq that may be gone

_SHOWN = 3
_RIGHT_MS = 2_000  # devices have the right time; batches and the network make no more of it
_J_IN_WH = 3600.0
_MS_IN_H = 3_600_000.0
_EVENTS_AT = ALWAYS.index(EVENTS)  # in the sums of a minute
_RELATIVE = 1e-6  # sums of the same numbers in another order


def violations(
    logs: Iterable[DeviceLog],
    evidence: Evidence,
    *,
    gaps_are_expected: bool = False,
    set_aside: Mapping[str, Mapping[str, int]] | None = None,
) -> list[str]:
    """One sentence for each promise that a device's history breaks; none is what is wanted.

    Args:
        logs: what the devices say.
        evidence: what the gateway has to show.
        gaps_are_expected: what is reported gone is gone with good reason.
        set_aside: by device, how far each epoch was acknowledged when a damaged journal was gone.
    """
    found = []
    if evidence.integrity != "ok":
        found.append(f"the journal is damaged: {evidence.integrity}")
    for log in logs:
        stored = evidence.of(log.device)
        marks = (set_aside or {}).get(log.device, {})
        delivery = _delivery(log, stored, gaps_are_expected=gaps_are_expected, marks=marks)
        checks = (*delivery, *_figures(stored))
        found += [f"{log.device}: {sentence}" for sentence in checks]
        if log.device in evidence.states:
            state = evidence.states[log.device]
            found += [f"{log.device}: {sentence}" for sentence in _state(stored, state)]
    return found


def _delivery(
    log: DeviceLog, stored: Stored, *, gaps_are_expected: bool, marks: Mapping[str, int]
) -> Iterator[str]:
    kept = stored.readings.keys() | stored.quarantined.keys()
    excused = {key for key in log.accepted if key[1] <= marks.get(key[0], 0)}
    gone = stored.missing if gaps_are_expected else stored.missing & excused
    gone |= _of_epochs_that_are_over(log, excused)
    yield from _named("accepted with two contents", log.contradictions)
    yield from _named("acknowledged and lost", log.promised - kept - gone)
    yield from _named("stored and never accepted", stored.readings.keys() - log.accepted.keys())
    yield from _named("accepted and never stored", log.accepted.keys() - kept - gone)
    yield from _named(
        "stored more than once", (key for key, rows in stored.readings.items() if len(rows) > 1)
    )
    yield from _named("stored altered", _altered(log, stored))
    yield from _named("moved in time", _moved(log, stored))
    if not gaps_are_expected:
        yield from _named("reported gone", stored.missing - excused)
        yield from _named("refused", stored.quarantined)


def _of_epochs_that_are_over(log: DeviceLog, excused: set[Key]) -> set[Key]:
    """Of which the device held nothing any more, so that it speaks of them no more."""
    open_epochs = {epoch for epoch, _ in log.accepted.keys() - excused}
    return {key for key in excused if key[0] not in open_epochs}


def _altered(log: DeviceLog, stored: Stored) -> Iterator[Key]:
    for key, rows in stored.readings.items():
        accepted = log.accepted.get(key)
        if accepted is None:
            continue
        for row in rows:
            said = (row["values"], row["truth"], row["board_ms"], row["event"])
            own = [accepted.get(name) for name in ("values", "truth", "time_ms", "event")]
            if said != tuple(own):
                yield key


def _moved(log: DeviceLog, stored: Stored) -> Iterator[Key]:
    """Another time than the device's own; one without a clock has none."""
    for key, rows in stored.readings.items():
        own_ms = log.accepted.get(key, {}).get("time_ms")
        if own_ms is not None and any(abs(row["time_ms"] - own_ms) > _RIGHT_MS for row in rows):
            yield key


def _figures(stored: Stored) -> Iterator[str]:
    """Every closed minute; the newest may still be open."""
    minutes, events = naive.by_minute(stored.samples), stored.events_by_minute
    for start_ms in sorted(minutes.keys() | events.keys())[:-1]:
        told = stored.minutes.get(start_ms)
        if told is None:
            yield f"the minute {start_ms} is not in the journal"
            continue
        yield from _minute(start_ms, minutes.get(start_ms, naive.Sums()), told)
        if told["sums"][_EVENTS_AT] != events[start_ms]:
            yield (
                f"the minute {start_ms} has {events[start_ms]} events and says"
                f" {told['sums'][_EVENTS_AT]}"
            )
    for start_ms in stored.minutes.keys() - minutes.keys() - events.keys():
        yield f"the minute {start_ms} has no readings and no events"


def _minute(start_ms: int, own: naive.Sums, told: dict[str, Any]) -> Iterator[str]:
    highest = {name: stats["high"] for name, stats in told["channels"].items()}
    of_a_fan = (
        ("J", own.energy_j, told["energy_j"]),
        ("ms measured", own.measured_ms, told["measured_ms"]),
        ("ms running", own.running_ms, told["running_ms"]),
    )
    counted = ("readings", own.count, told["count"])
    for what, expected, found in (counted, *(of_a_fan if "rpm" in own.highest else ())):
        if not math.isclose(expected, found, rel_tol=_RELATIVE):
            yield f"the minute {start_ms} has {expected} {what} and says {found}"
    if highest != own.highest:
        yield f"the minute {start_ms} has the peaks {own.highest} and says {highest}"


def _state(stored: Stored, state: dict[str, Any]) -> Iterator[str]:
    """The twin as it was published last, after everything was stored."""
    samples = stored.samples
    whole = naive.total(naive.by_minute(samples).values())
    newest = max(samples, key=lambda sample: sample.order)
    told = {name: figure["value"] for name, figure in state["kpis"].items()}
    if state["asset"] == "fan":
        figures = (
            ("Wh", whole.energy_j / _J_IN_WH, told["energy_wh"]),
            ("h running", whole.running_ms / _MS_IN_H, told["running_h"]),
        )
    else:
        figures = (
            ("L", whole.litres, told["dispensed_l"]),
            ("services", stored.events["service"], told["services"]),
        )
    for what, expected, found in (*figures, ("as newest time", newest.time_ms, state["time_ms"])):
        is_untold = found is None and not whole.measured_ms  # nothing was measured: not 0 of it
        if not is_untold and not math.isclose(expected, found or 0.0, rel_tol=_RELATIVE):
            yield f"it has {expected} {what} and its state says {found}"
    for name, count in stored.events.items():
        heard = state["events"].get(name, {}).get("count", 0)
        if heard != count:
            yield f"it has {count} events {name} and its state says {heard}"
    if state["values"] != newest.values:
        yield f"its newest values are {newest.values} and its state says {state['values']}"


def _named(what: str, keys: Iterable[Key]) -> Iterator[str]:
    wrong = sorted(keys)
    if wrong:
        yield f"{len(wrong)} {what}, such as {wrong[:_SHOWN]}"
