"""A model that was not good enough: nothing is served of it, and whoever asks reads why."""

from pathlib import Path
from typing import Final

import msgspec

REFUSAL: Final = "refused.json"


class Refusal(msgspec.Struct, kw_only=True, frozen=True):
    """``refused.json``. ``recipe``: what it was trained from (``inference.training.recipe``)."""

    sentence: str
    macro_f1: float
    false_alarms_per_hour: float | None
    classes: dict[str, float]
    recipe: str = ""


def note(directory: Path, refusal: Refusal) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / REFUSAL).write_bytes(msgspec.json.format(msgspec.json.encode(refusal), indent=2))


def forget(directory: Path) -> None:
    (directory / REFUSAL).unlink(missing_ok=True)


def read(directory: Path) -> Refusal | None:
    """Why there is no model; None where none was refused."""
    try:
        return msgspec.json.decode((directory / REFUSAL).read_bytes(), type=Refusal)
    except (OSError, msgspec.MsgspecError):
        return None
