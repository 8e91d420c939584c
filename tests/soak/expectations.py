"""What was done to whom, what must be told of it and by when; and what was told. Pure.

Time counts in which the gateway can hear a board: a promise of ten seconds is kept ten seconds
after the gateway or the broker is back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

END_OF_TIME_S = 1e12


@dataclass
class Trouble:
    """Something injected.

    Attributes:
        kind: what was done.
        device: to whom.
        names: alarms that tell of it; any will do.
        begin_s, end_s: from when to when it could be seen.
        within_s: how soon it must be told; None: it may be told.
        again_s: how soon after the gateway or the broker is back.
        clears_s: how soon after its end no alarm may stand any more.
        remembers: it is told from what the gateway remembers, and no more after an interruption.
        needs_clock: it is told by the gateway's clock, and so not while that is in doubt.
        prolongs: no reason for an alarm, but one that stands may stand on.
        detail: for reports.
    """

    kind: str
    device: str
    names: tuple[str, ...]
    begin_s: float
    end_s: float
    within_s: float | None
    again_s: float
    clears_s: float
    remembers: bool = False
    needs_clock: bool = False
    prolongs: bool = False
    detail: str = ""


@dataclass
class Told:
    """One alarm, from when it was told as open until it was told as cleared."""

    device: str
    name: str
    begin_s: float
    end_s: float = END_OF_TIME_S
    text: str = ""


@dataclass
class Interruption:
    """Nobody was heard, or nobody knew the time; ``why`` is shown in reports."""

    why: str
    begin_s: float
    end_s: float = END_OF_TIME_S
    is_of_clock: bool = False


@dataclass
class Verdict:
    """What the gateway failed to tell, and what it told without a reason."""

    missed: list[Trouble] = field(default_factory=list)
    false: list[Told] = field(default_factory=list)
    demanded: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)


class Ledger:
    """Everything that was done, and everything that was told."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.told: list[Told] = []
        self.interruptions: list[Interruption] = []
        self._open: dict[str, dict[str, Told]] = defaultdict(dict)

    # ------------------------------------------------------------ what was told

    def note_open(self, device: str, texts: dict[str, str], now_s: float) -> None:
        """These alarms are told to be open, and no others."""
        known = self._open[device]
        for name in [name for name in known if name not in texts]:
            known.pop(name).end_s = now_s
        for name, text in texts.items():
            if name not in known:
                known[name] = Told(device, name, now_s, text=text)
                self.told.append(known[name])

    def note_flash(self, device: str, name: str, text: str, now_s: float) -> None:
        """An alarm that was raised and is over already."""
        if name not in self._open[device]:
            self.told.append(Told(device, name, now_s, now_s, text))

    def still_open(self) -> list[Told]:
        return [told for told in self.told if told.end_s == END_OF_TIME_S]

    # ------------------------------------------------------------ the verdict

    def verdict(self) -> Verdict:
        verdict = Verdict()
        by_device = defaultdict(list)
        for trouble in self.troubles:
            by_device[trouble.device].append(trouble)
            must_by_s = self.must_by_s(trouble)
            if must_by_s is None:
                continue
            verdict.demanded[trouble.kind] += 1
            if any(_tells(told, trouble, must_by_s) for told in self.told):
                verdict.told[trouble.kind] += 1
            else:
                verdict.missed.append(trouble)
        verdict.false = [
            told for told in self.told if not self._is_covered(told, by_device[told.device])
        ]
        return verdict

    def must_by_s(self, trouble: Trouble) -> float | None:
        """When it must have been told; None where it need not be."""
        if trouble.within_s is None:
            return None
        at_s, within_s = trouble.begin_s, trouble.within_s
        for interruption in self._interruptions(trouble):
            if interruption.end_s <= trouble.begin_s - 60.0:
                continue
            if interruption.begin_s >= at_s + within_s:
                break
            if trouble.remembers:
                return None
            at_s, within_s = max(interruption.end_s, trouble.begin_s), trouble.again_s
        return at_s + within_s if at_s + within_s <= trouble.end_s else None

    def _is_covered(self, told: Told, troubles: Sequence[Trouble]) -> bool:
        """Whether at each moment it stood there was a reason."""
        at_s = told.begin_s
        reasons = sorted((each for each in troubles if told.name in each.names), key=_began)
        spans = [(each.begin_s, self.clear_by_s(each)) for each in reasons]
        for begin_s, end_s in spans:
            if begin_s <= at_s <= end_s:
                at_s = max(at_s, end_s)
        begun = [span for span, each in zip(spans, reasons, strict=True) if not each.prolongs]
        return told.end_s <= at_s and _any(begun, told.begin_s)

    def clear_by_s(self, trouble: Trouble) -> float:
        """When nothing may be told of it any more."""
        at_s = trouble.end_s
        for interruption in self._interruptions(trouble):
            if interruption.end_s <= at_s:
                continue
            if interruption.begin_s > at_s + trouble.clears_s:
                break
            at_s = interruption.end_s
        return at_s + trouble.clears_s

    def _interruptions(self, trouble: Trouble) -> list[Interruption]:
        """Those that hold up what tells of ``trouble``."""
        found = [each for each in self.interruptions if trouble.needs_clock or not each.is_of_clock]
        return sorted(found, key=_begin)


def _began(trouble: Trouble) -> float:
    return trouble.begin_s


def _begin(interruption: Interruption) -> float:
    return interruption.begin_s


def _any(spans: Iterable[tuple[float, float]], at_s: float) -> bool:
    return any(begin_s <= at_s <= end_s for begin_s, end_s in spans)


def _tells(told: Told, trouble: Trouble, by_s: float) -> bool:
    is_of_it = told.device == trouble.device and told.name in trouble.names
    return is_of_it and told.begin_s <= by_s and told.end_s >= trouble.begin_s
