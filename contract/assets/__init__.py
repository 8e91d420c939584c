"""The catalogue: every asset type edgetwin knows, found in the modules here that set ``ASSET``.

A module that sets ``DRAFT`` describes a type that is tested and documented, and cannot be used yet.
"""

import importlib
import pkgutil
from functools import partial

from contract.assets.words import Asset
from contract.errors import NotFound


def _discover(called: str) -> dict[str, Asset]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    assets: list[Asset] = [getattr(module, called) for module in modules if hasattr(module, called)]
    return {asset.name: asset for asset in assets}


CATALOGUE: dict[str, Asset] = _discover("ASSET")
DRAFTS: dict[str, Asset] = _discover("DRAFT")


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
    """
    fitting = [
        asset
        for asset in CATALOGUE.values()
        if {channel.name for channel in asset.required} <= channels
    ]
    return min(fitting, key=partial(_strangeness, channels), default=None)


def _strangeness(channels: frozenset[str], asset: Asset) -> tuple[int, int, str]:
    return -len(channels & asset.by_name.keys()), len(asset.channels), asset.name


def described() -> str:
    """The types there are, each with the channels that tell it, for a person."""
    return "; ".join(
        f"a {asset.name} has {', '.join(channel.name for channel in asset.required)}"
        for asset in CATALOGUE.values()
    )
