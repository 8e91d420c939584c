"""What a fleet is made of: ``fan:3,dispenser:2`` in, types of machines and their devices out."""

from collections.abc import Sequence
from dataclasses import dataclass

from firmware import models

NONE = "none"
MOST_DEVICES = 10_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    """``devices`` machines of type ``asset``, called ``prefix``-01, ``prefix``-02 ..."""

    asset: str
    devices: int
    prefix: str

    def device_ids(self) -> list[str]:
        """``fan-01``, ``fan-02`` ... as wide as the last one needs, and two digits at least."""
        width = max(2, len(str(self.devices)))
        return [f"{self.prefix}-{number:0{width}d}" for number in range(1, self.devices + 1)]

    def faults(self) -> tuple[str, ...]:
        """What can be wrong with such a machine."""
        return tuple(models.module(self.asset).FAULTS)


def parse_fleet(text: str) -> tuple[Kind, ...]:
    """The kinds that ``EDGETWIN_FLEET`` names, in their order; none of ``none``.

    Raises:
        ValueError: it names none; the text says what would.
    """
    if text == NONE:
        return ()
    kinds = tuple(_kind(part.strip()) for part in text.split(","))
    assets = [kind.asset for kind in kinds]
    for asset in assets:
        if assets.count(asset) > 1:
            raise ValueError(f"{asset} stands twice in {text!r}")
    if sum(kind.devices for kind in kinds) > MOST_DEVICES:
        raise ValueError(f"{text!r} is more than {MOST_DEVICES} machines")
    return kinds


def first_of(fleet: str) -> str:
    """The type that ``EDGETWIN_FLEET`` names first, for whoever does not say one.

    Raises:
        ValueError: it names none.
    """
    for kind in parse_fleet(fleet):
        return kind.asset
    raise ValueError(f"{NONE} is a fleet without types: say one with --asset")


def _kind(part: str) -> Kind:
    asset, _colon, count = part.partition(":")
    if not (count.isascii() and count.isdigit() and 1 <= int(count[:6]) <= MOST_DEVICES):
        raise ValueError(
            f"{part!r} is not TYPE:NUMBER, as fan:3 is; several with commas, or {NONE}"
        )
    models.module(asset)
    return Kind(asset=asset, devices=int(count), prefix=asset)


def all_ids(kinds: Sequence[Kind]) -> list[str]:
    """The ids of all devices, in the order of the kinds."""
    return [name for kind in kinds for name in kind.device_ids()]
