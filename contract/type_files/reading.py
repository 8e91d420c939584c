"""A type's file in, the asset type out, or a sentence that says where it is wrong and why. Pure.

The words are those of ``contract.assets.words``, as tables of TOML. What is checked of a type in
Python is checked here, with the same sentences.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contract.assets.capabilities import PRICES, dc_power
from contract.assets.flaws import flaws
from contract.assets.mistakes import mistakes
from contract.assets.words import Asset
from contract.errors import WrongType
from contract.language.program import program_of
from contract.type_files import tables

MOST_BYTES: Final = 64 * 1024
MOST_TABLES: Final = 100  # of each kind
LONGEST_TEXT: Final = 1_000
LARGEST: Final = 1e300
DEEPEST: Final = 6
DEFAULT_ICON: Final = "mdi-cube-outline"
# In periods: what a type's times are where its file says nothing of them.
_GAP, _STALE, _WINDOW = 3.0, 5.0, 15.0
_MOST_READINGS: Final = 100  # of a window


def parse(text: str, *, name: str) -> Asset:
    """The type called ``name``.

    Raises:
        WrongType: the text is no type, or one that cannot be meant.
    """
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongType(f"it is not TOML: {error}") from None
    _check_size(said)
    asset = Asset(**_fields(said, name))
    check(asset)
    return asset


def check(asset: Asset) -> None:
    """Raises WrongType: it cannot hold together, cannot be meant, or a formula is wrong."""
    found = flaws(asset)
    if not found:
        program_of(asset)
        found = mistakes(asset)
    if found:
        raise WrongType("; ".join(found[:5]))


def _fields(said: dict[str, Any], name: str) -> dict[str, Any]:
    tables.check_words(said, {"asset", "power", *tables.LISTS}, place="the file")
    if "asset" not in said:
        raise WrongType("it has no [asset]: begin with one that has a title")
    fields = tables.asset_fields(said["asset"])
    if fields.pop("name", name) != name:
        raise WrongType(f"[asset]: the name of a type is that of its file, {name!r}")
    fields |= {word: tables.converted(word, said.get(word, [])) for word in tables.LISTS}
    _add_power(fields, said.get("power"))
    given = {param.name for param in fields["params"]}
    fields["params"] += tuple(price for price in PRICES if price.name not in given)
    return {"name": name, "icon": DEFAULT_ICON} | _times(fields) | fields


def _times(fields: Mapping[str, Any]) -> dict[str, float]:
    """What follows from how often it sends."""
    rate_hz = fields["nominal_rate_hz"]
    period_s = 1.0 / rate_hz if rate_hz > 0 else 0.0
    gap_s = max(2.0, _GAP * period_s)
    return {
        "max_gap_s": gap_s,
        "stale_after_s": max(5.0, _STALE * period_s, fields.get("max_gap_s", gap_s)),
        "window_s": min(max(3.0, _WINDOW * period_s), _MOST_READINGS * period_s),
    }


def _add_power(fields: dict[str, Any], said: Any) -> None:
    """``[power]``: a DC supply of stated voltage, and the figures that follow from it."""
    if said is None:
        return
    supply = tables.supply(said)
    power = dc_power(supply.volts, of=supply.of)
    own = [param for param in power.params if param not in PRICES]
    fields["derived"] += power.derived
    fields["params"] += tuple(own)
    fields["kpis"] = power.kpis + fields["kpis"]


def _check_size(said: Any, deep: int = 0) -> None:
    """Nothing in it may be longer, deeper or larger than anybody writes."""
    if deep > DEEPEST:
        raise WrongType(f"its tables are more than {DEEPEST} deep")
    for part in _parts(said):
        if isinstance(part, str) and len(part) > LONGEST_TEXT:
            raise WrongType(f"a text in it has more than {LONGEST_TEXT} characters")
        if isinstance(part, int | float) and not (math.isfinite(part) and abs(part) <= LARGEST):
            raise WrongType("a number in it is too large, or none: leave out what has no bound")
        if isinstance(part, list) and len(part) > MOST_TABLES:
            raise WrongType(f"a list in it has {len(part)} entries; {MOST_TABLES} are the most")
        _check_size(part, deep + 1)


def _parts(said: Any) -> Iterator[Any]:
    if isinstance(said, dict):
        yield from said
        yield from said.values()
    elif isinstance(said, list):
        yield from said
