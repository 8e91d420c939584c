"""What a fleet is made of: ``fan:3,dispenser:2`` in, types of machines and their devices out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware import models
from firmware.emulator.faults import Plan
from firmware.emulator.spans import Spanned, Spans
from firmware.emulator.wanderer import Channels

NONE = "none"
MOST_DEVICES = 10_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    """``devices`` machines of type ``asset``, called ``prefix``-01, ``prefix``-02 ..., or ``ids``.

    What is None is as the whole fleet has it. ``spans`` are where channels lie elsewhere than the
    type has them, or all channels, where there is no virtual machine of that type.
    """

    asset: str
    devices: int
    prefix: str = ""
    ids: tuple[str, ...] = ()
    rate_hz: float | None = None
    plan: Plan | None = None
    seed: int | None = None
    spans: Spans = field(default_factory=dict)

    def device_ids(self) -> list[str]:
        """``fan-01``, ``fan-02`` ... as wide as the last one needs, and two digits at least."""
        width = max(2, len(str(self.devices)))
        numbered = [f"{self.prefix}-{number:0{width}d}" for number in range(1, self.devices + 1)]
        return list(self.ids) or numbered

    def faults(self) -> tuple[str, ...]:
        """What can be wrong with such a machine."""
        return tuple(self.model().FAULTS)

    def model(self) -> Any:
        """The module of ``firmware.models``, or what stands for one."""
        return models.module(self.asset) if has_model(self.asset) else Channels(self.spans)

    def create(self, seed: int) -> Any:
        """One machine."""
        machine = self.model().Machine(seed)
        if self.spans and has_model(self.asset):
            return Spanned(machine, self.asset, self.spans)
        return machine


def has_model(asset: str) -> bool:
    """Whether there is a virtual machine of that type."""
    try:
        models.module(asset)
    except ValueError:
        return False
    return True


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
