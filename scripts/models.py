"""Every asset type that can be simulated gets a trained model, once."""

import importlib.util
import os
import subprocess
import sys

from gateway.assets import CATALOGUE
from scripts.settings import ROOT, Settings, SettingsError, load


class TrainingFailed(Exception):
    """The inference service could not train; it has said why."""


def missing(settings: Settings) -> list[str]:
    """Asset types with a virtual machine to learn from and without a model."""
    return [
        asset
        for asset in CATALOGUE
        if importlib.util.find_spec(f"firmware.models.{asset}")
        and not (settings.data_dir / "models" / asset / "manifest.json").is_file()
    ]


def train_missing(settings: Settings) -> None:
    """Train what is missing, in the foreground, with its progress on the terminal.

    Raises:
        TrainingFailed: a training failed.
    """
    environ = {**os.environ, **settings.environment()}
    for asset in missing(settings):
        print(f"Training the {asset} model, once …", flush=True)
        command = [sys.executable, "-m", "inference", "train", "--asset", asset]
        if subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode:
            raise TrainingFailed(f"The {asset} model could not be trained, see above.")


def main() -> int:
    try:
        train_missing(load())
    except (SettingsError, TrainingFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
