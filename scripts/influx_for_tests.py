"""The tests' InfluxDB is built where its compilers are; without them CI fails and says so."""

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Final

from scripts.settings import ROOT
from scripts.usage import take_no_arguments

_COMPILERS: Final = ("go", "cargo")


def build() -> int:
    """Bring influxd into the user's cache, where the tests find it; `make up` does not change."""
    command = [sys.executable, "-m", "influx", "build"]
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "EDGETWIN_DATA_DIR": scratch}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    missing = [name for name in _COMPILERS if not shutil.which(name)]
    if not missing:
        return build()
    needed = f"InfluxDB cannot be built here: {' and '.join(missing)} missing."
    if os.environ.get("CI"):
        print(f"{needed} In CI its tests must run.", file=sys.stderr)
        return 1
    print(f"NOTE {needed} The tests marked influxdb will be skipped.")
    return 0


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
