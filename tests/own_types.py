"""Files of asset types for tests, and the catalogue as it was before them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from contract import assets

LEAST = """
[asset]
title = "Greenhouse"
nominal_rate_hz = 0.1

[[channels]]
name = "humidity"
title = "Humidity"
unit = "%"
low = 0
high = 100
normal = [30, 60]
"""


@contextlib.contextmanager
def put_back() -> Iterator[None]:
    """The catalogue is afterwards what it was."""
    known, of_files = dict(assets.CATALOGUE), set(assets.OF_FILES)
    try:
        yield
    finally:
        assets.CATALOGUE.clear()
        assets.CATALOGUE.update(known)
        assets.OF_FILES.clear()
        assets.OF_FILES.update(of_files)


def write(data_dir: Path, name: str, text: str = LEAST) -> Path:
    """A file that is another one than before, however fast it is written."""
    path = data_dir / "assets" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    before_ns = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before_ns + 1, before_ns + 1))
    return path
