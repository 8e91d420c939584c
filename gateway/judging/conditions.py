"""What can be wrong with a device whatever it measures: a sentence for each, or none. Pure.

Times are seconds of presence's own clock, which begins with the process and runs while devices
can be heard. After a restart nothing is remembered; an alarm that the journal has open then stays
until there was time to see that its condition is over.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from contract.assets.words import AlarmSeverity
from gateway.judging.sentences import Sentence, plainly
from gateway.twin import tally, trail
from gateway.twin.alarms import OFFLINE
from gateway.twin.fleet import Device
from gateway.twin.tally import READINGS, Bad
from gateway.twin.trail import Trail

SILENT: Final = "silent"
REFUSED: Final = "refused"
OFFLINE_AFTER_S: Final = 10.0
PERIODS: Final = 3.0
FAR_OFF: Final = 2.0  # a rate that its readings belie
PATIENCE_S: Final = 12.0  # with the quickest of boards, and with one that speaks each ten seconds
REUNION_S: Final = 60.0  # a board is back at a broker that was away, most of them far sooner
HOMECOMING_S: Final = 30.0
LAST_WORDS_S: Final = 10.0  # what was on its way when its login was taken away
TOO_MANY: Final = 0.5  # of the readings of a minute
FEW: Final = 0.1
LEAST: Final = 5  # readings; fewer are an accident
FEW_IN_ALL: Final = 8
SLOW_S: Final = 10.0  # a period from which on fewer must do
LEAST_OF_SLOW: Final = 3
MOST_NAMED: Final = 3  # causes in one text
JUMP_FOR_S: Final = 600.0
CLOCK_SLACK_S: Final = 10.0
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")  # a bad value is another each time


class Subject(NamedTuple):
    """A device, and what its conditions depend on.

    Attributes:
        now_s: presence's clock.
        listened_s: when anything at all was heard last, if only from the broker, by that clock.
        connected_s: since when devices can be heard without a break, by that clock.
        monotonic_s: the process's clock, as ``Device.clock_jumped_s`` has it.
        now_ms: the gateway's wall clock: it dates alarms, and decides nothing.
        clock_alarm_s: how far a board's clock may be off.
    """

    device: Device
    trail: Trail
    now_s: float
    listened_s: float
    connected_s: float
    monotonic_s: float
    now_ms: int
    clock_alarm_s: float

    @property
    def is_offline(self) -> bool:
        return self.device.status == OFFLINE

    def is_told(self, name: str) -> bool:
        return name in self.device.twin.book


class Condition(NamedTuple):
    """Something that is an alarm while it stands.

    Attributes:
        stands: whether it is so.
        is_over: whether an alarm that is open can be cleared; asked when it does not stand.
        says: what is wrong and what to do, as it is by now; None where nobody can tell (any more).
            No clock time and no span that goes on: the alarm's own ``raised_ms`` says since when.
    """

    name: str
    severity: AlarmSeverity
    stands: Callable[[Subject], bool]
    says: Callable[[Subject], Sentence | None]
    is_over: Callable[[Subject], bool]


# ---------------------------------------------------------------- offline, silent


def _is_removed(it: Subject) -> bool:
    """Whether its login was taken away: it cannot say anything, and nobody waits for it."""
    gone_s = it.device.login_gone_s
    return gone_s is not None and it.device.heard_s <= gone_s + LAST_WORDS_S


def _is_away(it: Subject) -> bool:
    since_s = it.device.away_since_s
    if since_s is None or not it.is_offline or _is_removed(it):
        return False
    return it.now_s - since_s >= OFFLINE_AFTER_S


def _is_back(it: Subject) -> bool:
    return not it.is_offline or _is_removed(it)


def _away(it: Subject) -> Sentence:
    return Sentence(f"{it.device.name} is offline: check its power and its network.")


def period_s(device: Device) -> float | None:
    """How often it measures: as it announced, unless it shows something far from that."""
    rate_hz = device.birth.rate_hz if device.birth is not None else None
    shown_ms = device.twin.period_ms
    shown_s = shown_ms / 1000 if shown_ms else None
    if not rate_hz or (shown_s and not 1 / FAR_OFF <= shown_s * rate_hz <= FAR_OFF):
        return shown_s
    return 1 / rate_hz


def _patience_s(device: Device) -> float:
    heard_s = (device.twin.heard_every_ms or 0) / 1000  # some send many readings at once
    return max(PATIENCE_S, PERIODS * max(period_s(device) or 0.0, heard_s))


def silent_from_s(device: Device, *, connected_s: float) -> float:
    """From when on a device that says nothing more is silent."""
    patience_s, heard_s = _patience_s(device), max(device.heard_s, 0.0)
    grace_s = HOMECOMING_S if connected_s > 0.0 else 0.0  # the broker was away: they come back
    return max(heard_s + patience_s, connected_s + max(grace_s, min(patience_s, REUNION_S)))


def _is_silent(it: Subject) -> bool:
    if it.is_offline or it.listened_s - it.device.heard_s < PATIENCE_S or _is_removed(it):
        return False
    return it.listened_s >= silent_from_s(it.device, connected_s=it.connected_s)


def _silent(it: Subject) -> Sentence:
    """Greetings come from boards that hang as well, and refused readings from some that do not."""
    every_s = period_s(it.device)
    known = f", its period is {plainly(every_s)}" if every_s else ""
    return Sentence(
        f"{it.device.name} has sent no reading for more than {plainly(_patience_s(it.device))}"
        f"{known}: check whether its program hangs and whether its network holds."
    )


def _is_heard(it: Subject) -> bool:
    is_heard = it.now_s - it.device.heard_s < _patience_s(it.device)
    return it.is_told(OFFLINE) or _is_removed(it) or (is_heard and not it.is_offline)


# ---------------------------------------------------------------- refused


def _is_refused(it: Subject) -> bool:
    return it.trail.tally is not None and bool(_too_many(it))


def _too_many(it: Subject) -> list[Bad]:
    least = LEAST_OF_SLOW if (period_s(it.device) or 0.0) > SLOW_S else LEAST
    return [each for each in _causes(it) if _is_most(each) and each.refused >= least]


def _is_most(bad: Bad) -> bool:
    """Whether more than half were refused; of many, more than every second one makes at times."""
    odd = 1 if bad.total > FEW_IN_ALL else 0
    return bad.refused - odd > TOO_MANY * bad.total


def _causes(it: Subject) -> list[Bad]:
    found = it.trail.tally
    if found is None:
        return []
    return list(found.causes(now_s=it.now_s, stored=it.device.counts.stored))


def _told_of(it: Subject) -> list[Bad]:
    """What makes it an alarm; of one that is open, what keeps it so once a minute was seen."""
    found = _too_many(it)
    if found or not it.is_told(REFUSED) or it.now_s < tally.WINDOW_S:
        return found
    return [each for each in _causes(it) if each.share > FEW]


def _refused(it: Subject) -> Sentence | None:
    found = it.trail.tally
    worst = sorted(_told_of(it), key=lambda bad: bad.share, reverse=True)[:MOST_NAMED]
    if found is None or not worst:
        return None
    lately = "minute" if found.window_s <= tally.WINDOW_S else plainly(found.window_s)
    counts = tuple(float(count) for bad in worst for count in (bad.refused, bad.total))
    sense = "; ".join(f"{bad.cause}: {_NUMBER.sub('#', bad.detail)}" for bad in worst)
    return Sentence("; ".join(_refusal(bad, lately) for bad in worst), sense, counts)


def _refusal(bad: Bad, lately: str) -> str:
    what = "readings" if bad.cause == READINGS else "values"
    named = "" if bad.cause == READINGS else f"{bad.cause}: "
    return f"{named}{bad.refused} of {bad.total} {what} refused in the last {lately}: {bad.detail}"


def _is_good_again(it: Subject) -> bool:
    if it.now_s < tally.WINDOW_S:
        return False
    return all(bad.share <= FEW for bad in _causes(it))


# ---------------------------------------------------------------- restarting, two boards


def _is_restarting(it: Subject) -> bool:
    return it.trail.is_restarting(it.now_s)


def _restarting(it: Subject) -> Sentence | None:
    count = len(it.trail.starts)
    if count == 0:  # they were before this process began
        return None
    times = "once" if count == 1 else f"{count} times"
    return Sentence(
        f"{it.device.name} has started {times} in the last 10 minutes: "
        "check its power supply, then its program."
    )


def _runs(it: Subject) -> bool:
    return it.trail.twins_s is not None or (
        it.now_s >= trail.STARTS_WITHIN_S and not it.trail.starts
    )


def _are_two(it: Subject) -> bool:
    return it.trail.twins_s is not None


def _two_boards(it: Subject) -> Sentence:
    return Sentence(
        f"Two boards use the name {it.device.name}: give each its own login "
        "(python -m gateway device add …)."
    )


def _is_one_board(it: Subject) -> bool:
    return it.now_s >= trail.TWINS_FOR_S


# ---------------------------------------------------------------- clock, budget


def _is_off(it: Subject) -> bool:
    clock = it.device.board_clock
    return clock is not None and abs(clock.offset_ms) > it.clock_alarm_s * 1000


def _clock_is_wrong(it: Subject) -> bool:
    return _is_off(it) or it.monotonic_s - it.device.clock_jumped_s < JUMP_FOR_S


def _clock(it: Subject) -> Sentence | None:
    clock, name = it.device.board_clock, it.device.name
    if not _clock_is_wrong(it):
        return None
    if clock is None or not _is_off(it):
        return Sentence(f"The clock of {name} jumps: check what sets it, such as its time server.")
    side = "behind" if clock.offset_ms > 0 else "ahead"
    so = "readings are corrected" if clock.corrected else "its readings are dated by it"
    off_s = abs(clock.offset_ms) / 1000
    told = f"The clock of {name} is {plainly(off_s)} {side}; {so}. Set it right."
    return Sentence(told, f"{side}; {so}", (off_s,), CLOCK_SLACK_S)


def _is_right(it: Subject) -> bool:
    return it.device.board_clock is not None


def _is_over_budget(it: Subject) -> bool:
    return it.trail.budget is not None


def _budget(it: Subject) -> Sentence | None:
    return Sentence(it.trail.budget[1]) if it.trail.budget is not None else None


def _is_modest(it: Subject) -> bool:
    return it.now_s >= trail.BUDGET_FOR_S


# In this order: what is looked at later knows what was raised before.
CONDITIONS: Final = (
    Condition(OFFLINE, "Medium", _is_away, _away, _is_back),
    Condition(SILENT, "Medium", _is_silent, _silent, _is_heard),
    Condition(REFUSED, "Medium", _is_refused, _refused, _is_good_again),
    Condition("two_boards", "High", _are_two, _two_boards, _is_one_board),
    Condition("restarting", "Medium", _is_restarting, _restarting, _runs),
    Condition("clock_off", "Low", _clock_is_wrong, _clock, _is_right),
    Condition("over_budget", "Medium", _is_over_budget, _budget, _is_modest),
)
