"""What a person asked of ``python -m firmware flash``."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """``chip`` is None and ``port`` empty where the board is to be found and asked."""

    port: str
    site: Path
    chip: str | None
    image: str
    image_sha256: str
    program_only: bool
    dry_run: bool
    wait_s: float
