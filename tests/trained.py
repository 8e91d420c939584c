"""A model for tests that want one, however good: trained once, whatever number of workers runs."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_LINE = (sys.executable, "-m", "inference", "train", "--asset", "fan", "--quick")


def quick_models(factory: pytest.TempPathFactory) -> Path:
    """``<data>/models`` with a fan's; the worker that comes first trains it, others wait for it."""
    base = factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    data, done = run / "trained", run / "trained.done"
    with (run / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            clean = {k: v for k, v in os.environ.items() if not k.startswith("EDGETWIN_")}
            environ = clean | {"EDGETWIN_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
            subprocess.run(_LINE, env=environ, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            done.touch()
    return data / "models"
