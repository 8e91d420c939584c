"""What is said of the channels of a device of no type, as a merge patch in; what holds then out.

Pure. What it names is set, null takes back, and what it does not name stays, of each channel.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf, isfinite
from typing import Any, Final

import msgspec

from contract.assets.words import Limit
from contract.errors import Refused, WrongType
from contract.type_files.generic import Description, Learned, Said
from contract.type_files.tables import made

ADVICE: Final = "Look at the machine."
LONGEST_ADVICE: Final = 300
_LIMIT: Final = {"hysteresis": 0.0, "delay_s": 0.0, "severity": "Medium", "advice": ADVICE}
_OF_LABELS: Final = frozenset({"title"})


def amended(description: Description, patch: Any) -> dict[str, Said | None]:
    """What is said of each channel that the patch changes; None: nothing any more.

    Raises:
        Refused: it names a channel that was never sent, or says what cannot be.
    """
    if not isinstance(patch, dict):
        raise Refused('channels must be an object such as {"humidity": {"unit": "%"}}.')
    found = {name: _said(description, name, patch[name]) for name in patch}
    return {
        name: said for name, said in found.items() if (said or Said()) != description.said(name)
    }


def _said(description: Description, name: str, patch: Any) -> Said | None:
    learned = description.learned.get(name)
    if learned is None:
        known = ", ".join(description.learned) or "none yet"
        raise Refused(f"It has sent no channel {name[:40]!r}; it has sent {known}.")
    if patch is None:
        return None
    if not isinstance(patch, dict):
        raise Refused(f'{name} must be an object such as {{"unit": "%"}}, or null.')
    before = msgspec.to_builtins(description.said(name))
    whole = {word: what for word, what in (before | patch).items() if what is not None}
    if "limits" in whole:
        whole["limits"] = limits_of(name, whole["limits"])
    try:
        said = made(Said, whole, name)
    except WrongType as error:
        raise Refused(f"{error}.") from None
    for sentence in _wrong(said, learned):
        raise Refused(f"{name}: {sentence}.")
    return None if said == Said() else said


def limits_of(name: str, said: Any, *, known: Iterable[Limit] = ()) -> list[dict[str, Any]]:
    """Limits as somebody says them, with what goes without saying; ``known`` lend their advice.

    Raises:
        Refused: it is no list of them.
    """
    if not isinstance(said, list | tuple) or not all(isinstance(each, dict) for each in said):
        raise Refused(f'{name}: limits must be a list such as [{{"side": "high", "at": 80}}].')
    advice = {limit.side: limit.advice for limit in known}
    return [_limit({"advice": advice.get(each.get("side"), ADVICE)} | each) for each in said]


def _limit(said: Mapping[str, Any]) -> dict[str, Any]:
    whole = _LIMIT | {word: what for word, what in said.items() if what not in (None, "")}
    advice = whole["advice"]
    if isinstance(advice, str) and not advice.rstrip().endswith((".", "!", "?")):
        whole["advice"] = f"{advice.rstrip()}."
    return whole


def _wrong(said: Said, learned: Learned) -> Iterator[str]:
    if learned.kind == "label":
        if (said.unit, said.decimals, said.normal, said.low, said.high, said.limits) != (
            *(None,) * 5,
            (),
        ):
            yield "it is a text: it has a title, and nothing else can be said of it"
        return
    if not all(text.isprintable() for text in (said.title or "", said.unit or "")):
        yield "title and unit must be plain text"
    low = -inf if said.low is None else said.low
    high = inf if said.high is None else said.high
    if not low < high:
        yield f"low ({low:g}) must be less than high ({high:g})"
    yield from wrong_bounds(said.limits, (low, high), said.normal or (low, high))


def wrong_bounds(
    limits: tuple[Limit, ...], possible: tuple[float, float], normal: tuple[float, float]
) -> Iterator[str]:
    """What is wrong with a normal band and limits within what is possible, a sentence each."""
    (low, high), (begin, end) = possible, normal
    if not low <= begin < end <= high:
        yield f"normal ({begin:g} to {end:g}) must begin below its end, and lie within low and high"
    yield from _wrong_limits(limits, possible, normal)


def _wrong_limits(
    limits: tuple[Limit, ...], possible: tuple[float, float], normal: tuple[float, float]
) -> Iterator[str]:
    sides = {limit.side: limit for limit in limits}
    if len(sides) < len(limits):
        yield "a side has one limit"
    for limit in limits:
        yield from (f"the {limit.side} limit {wrong}" for wrong in _wrong_limit(limit))
        if not possible[0] < limit.at < possible[1]:
            yield f"the {limit.side} limit ({limit.at:g}) must lie within low and high"
    low, high = sides.get("low"), sides.get("high")
    floor = normal[0] if low is None else low.at + low.hysteresis
    if high is not None and not floor < high.at - high.hysteresis:
        yield "the high limit, less its hysteresis, must lie above what is below"
    begin, end = normal
    if high is not None and isfinite(end) and high.at - high.hysteresis < end:
        yield f"the high limit, less its hysteresis, lies below {end:g}, which is normal"
    if low is not None and isfinite(begin) and low.at + low.hysteresis > begin:
        yield f"the low limit, and its hysteresis, lies above {begin:g}, which is normal"


def _wrong_limit(limit: Limit) -> Iterator[str]:
    if not (0 <= limit.hysteresis < inf and 0 <= limit.delay_s < inf):
        yield "has a hysteresis and a delay of 0 or more"
    if len(limit.advice) > LONGEST_ADVICE or not limit.advice.isprintable():
        yield f"has an advice of plain text, {LONGEST_ADVICE} characters at most"
