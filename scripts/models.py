"""Every asset type that can be simulated gets a trained model, once."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from contract.assets import CATALOGUE
from inference.classifier import refusals
from inference.classifier.manifest import FORMAT
from inference.training.recipe import recipe
from scripts.processes import MARK
from scripts.settings import ROOT, Settings, SettingsError, load
from scripts.usage import take_no_arguments


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
    refusal = refusals.read(settings.data_dir / "models" / asset)
    if refusal is not None and refusal.recipe == recipe():
        why = f"the one trained here is not good enough, {refusal.sentence}"
        print(f"There is no model of {asset}: {why}.", flush=True)
        return False
    print(f"Training the {asset} model, once …", flush=True)
    environ = {**os.environ, **settings.environment(), MARK: str(settings.data_dir)}
    command = [sys.executable, "-m", "inference", "train", "--asset", asset]
    status = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    if status:
        print(f"There is no model of {asset}, see above: all else goes on.", flush=True)
    return not status


def main() -> int:
    try:
        return 1 if train_missing(load()) else 0
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
