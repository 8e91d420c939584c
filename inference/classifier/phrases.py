"""What a feature says of a machine, as a sentence that lacks the value."""

from collections.abc import Mapping
from typing import Final

from contract.assets.words import Channel, Derived
from inference.windows.kinds import Feature

# How a value repeats: a fault that is told by it is of the channel that does.
OF_HOLDS: Final = ("held", "usual", "surprise")

_RANGE: Final = "; in healthy machines {low} to {high}"
_IN_UNIT: Final = _RANGE + "{unit}"
_SENTENCES: Final = {
    "last": "{title} is {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "mean": "{title} averages {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "std": "{title} scatters by {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "min": "{title} drops to {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "max": "{title} peaks at {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "range": "{title} swings over {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "slope": "{title} changes by {{:+.{decimals}f}}{unit} a second" + _RANGE,
    "peak": "{title} last came to {{:.{decimals}f}}{unit}" + _IN_UNIT,
    "step": "{title} mostly changes by {{:+.{decimals}f}}{unit} a second" + _RANGE,
    "share": "{title} is {value} {{:.0%}} of the time" + _RANGE,
    "changes": "{title} changes {{:.1f}} times a minute" + _RANGE,
    "rate": "{title} grows by {{:.1f}} an hour" + _RANGE,
    "since": "{title} is as it is for {{:.0f}} s" + _RANGE + " s",
}
_REPEATS: Final = "{title} has shown {{:.{decimals}f}}{unit} for {{:.{{places}}f}} s"
_FINER: Final = ("std", "range", "slope")
_FINEST: Final = ("step",)
_FORMATS: Final = {"share": ".0%", "changes": ".1f", "rate": ".1f", "since": ".0f"}
_RECENTLY: Final = "recent_"


def sentence(
    feature: Feature,
    channel: Channel | Derived | None,
    titles: Mapping[str, str],
    *,
    low: float,
    high: float,
) -> str:
    """About ``feature``, which healthy machines have between ``low`` and ``high``.

    Args:
        feature: what it is.
        channel: that it is of; None where it is of a state or a counter.
        titles: of those, and of the values of states.
        low: the least of a healthy machine.
        high: the most.
    """
    what = feature.what.removeprefix(_RECENTLY)
    decimals = _decimals(what, 0 if channel is None else channel.decimals)
    spec = _FORMATS.get(what, f".{decimals}f")
    title = titles.get(feature.of, feature.of) if channel is None else channel.title
    unit = "" if channel is None or not channel.unit else f" {channel.unit}"
    text = _SENTENCES.get(what, _REPEATS).format(
        title=in_sentence(title),
        decimals=decimals,
        unit=unit,
        value=in_sentence(titles.get(feature.value, feature.value)),
        low=f"{low:{spec}}",
        high=f"{high:{spec}}",
    )
    return f"lately {text}" if what != feature.what else text


def _decimals(what: str, decimals: int) -> int:
    return decimals + (1 if what in _FINER else 2 if what in _FINEST else 0)


def in_sentence(title: str) -> str:
    """A title inside a sentence: "Speed" becomes "speed", "CO2" and "pH" stay."""
    capitalised = title[:1].isupper() and title[1:] == title[1:].lower()
    return (
        (title[:1].lower() + title[1:] if capitalised else title)
        .replace("{", "{{")
        .replace("}", "}}")
    )
