"""The catalogue: every asset type edgetwin knows, found in the modules here that set ``ASSET``."""

import importlib
import pkgutil
from functools import partial
from typing import Final

from contract.assets.words import Asset
from contract.errors import NotFound


def _discover() -> dict[str, Asset]:
    found = (module.name for module in pkgutil.iter_modules(__path__))
    names = sorted(name for name in found if not name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    assets: list[Asset] = [module.ASSET for module in modules if hasattr(module, "ASSET")]
    return {asset.name: asset for asset in assets}


# What every process knows; it takes over types of the site's own (``contract.type_files``).
CATALOGUE: dict[str, Asset] = _discover()
BUILT_IN: Final = frozenset(CATALOGUE)
OF_FILES: Final[set[str]] = set()  # types of the site's own in the catalogue
GENERIC: Final = "generic"  # what no type fits is of: each such device is described by itself


def get(name: str) -> Asset:
    """The asset type called ``name``.

    Raises:
        NotFound: there is none; the text lists those there are.
    """
    try:
        return CATALOGUE[name]
    except KeyError:
        known = ", ".join(sorted(CATALOGUE))
        raise NotFound(f"There is no asset type {name!r}. Known types: {known}.") from None


def matching(channels: frozenset[str]) -> Asset | None:
    """The asset type that a board measuring these is likely to be, or None when none fits.

    A guess, for a board that sends no birth and of which nobody has said what it is. It may measure
    more than a type has: of several that fit, it is the one that knows most of its channels; of
    those the smallest, and then the first by name, so that nobody is kept out for being ambiguous.
    A type of the site's own must know all of them: it may have so few that many a board has those.
    """
    fitting = [asset for asset in CATALOGUE.values() if _fits(asset, channels)]
    return min(fitting, key=partial(_strangeness, channels), default=None)


def _fits(asset: Asset, channels: frozenset[str]) -> bool:
    required = {channel.name for channel in asset.required}
    if not required or not required <= channels:
        return False
    return asset.name not in OF_FILES or channels <= names_of(asset)


def names_of(asset: Asset) -> frozenset[str]:
    """All that a reading of this type can have."""
    words = (asset.channels, asset.counters, asset.states, asset.labels)
    return frozenset(each.name for part in words for each in part)


def _strangeness(channels: frozenset[str], asset: Asset) -> tuple[int, int, str]:
    return -len(channels & asset.by_name.keys()), len(asset.channels), asset.name


def described() -> str:
    """The types there are, each with the channels that tell it, for a person."""
    return "; ".join(
        f"a {asset.name} has {', '.join(channel.name for channel in asset.required)}"
        for asset in CATALOGUE.values()
    )
