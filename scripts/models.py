"""Every asset type that can be simulated gets a trained model, once."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from contract.assets import CATALOGUE
from inference.__main__ import POOR_MODEL
from inference.manifest import FORMAT
from scripts.processes import MARK
from scripts.settings import ROOT, Settings, SettingsError, load
from scripts.usage import take_no_arguments

# All that a training depends on: the same of it and the same seed make the same model.
_LEARNED_FROM: Final = ("contract", "firmware/models", "inference")


def missing(settings: Settings) -> list[str]:
    """Asset types with a virtual machine to learn from and without a model of this version."""
    return [
        asset
        for asset in CATALOGUE
        if importlib.util.find_spec(f"firmware.models.{asset}")
        and not _is_usable(settings.data_dir / "models" / asset / "manifest.json")
    ]


def _is_usable(manifest: Path) -> bool:
    """Whether a model is there that this version can serve, as far as its manifest tells."""
    try:
        return bool(json.loads(manifest.read_bytes())["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def train_missing(settings: Settings) -> list[str]:
    """Train what is missing, in the foreground, with its progress on the terminal.

    Returns what has no model: those machines are shown and alarmed by their limits, and say that
    they are not judged. A training that made too poor a model is not repeated until something that
    it depends on has changed.
    """
    return [asset for asset in missing(settings) if not _train(asset, settings)]


def _train(asset: str, settings: Settings) -> bool:
    """Whether there is a model of ``asset`` now."""
    if is_left(asset, settings):
        print(f"There is no model of {asset}: the one trained here was too poor.", flush=True)
        return False
    print(f"Training the {asset} model, once …", flush=True)
    environ = {**os.environ, **settings.environment(), MARK: str(settings.data_dir)}
    command = [sys.executable, "-m", "inference", "train", "--asset", asset]
    status = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    if status == POOR_MODEL:
        leave(asset, settings)
    if status:
        print(f"There is no model of {asset}, see above: all else goes on.", flush=True)
    return not status


def leave(asset: str, settings: Settings) -> None:
    """Train no model of ``asset`` until something that a training depends on changes."""
    path = _left(asset, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_recipe(), encoding="utf-8")


def is_left(asset: str, settings: Settings) -> bool:
    path = _left(asset, settings)
    return path.exists() and path.read_text(encoding="utf-8") == _recipe()


def _left(asset: str, settings: Settings) -> Path:
    return settings.data_dir / "models" / f"{asset}.poor"


def _recipe() -> str:
    """A digest of the code that a training depends on."""
    digest = hashlib.sha256()
    for path in sorted(path for part in _LEARNED_FROM for path in (ROOT / part).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    try:
        return 1 if train_missing(load()) else 0
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
