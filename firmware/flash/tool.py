"""Other people's tools: a command line in, its lines of output as they come, its end checked."""

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from firmware.errors import INSTALL, ToolError

SILENT = "said nothing for"
_READ_BYTES = 4096


def run(
    module: str, arguments: Sequence[str], *, on_line: Callable[[str], None], patience_s: float
) -> str:
    """Run ``python -m module arguments`` and return all it printed.

    ``on_line`` is called for each line, those too that a tool overwrites to show its progress.

    Raises:
        ToolError: it is not installed, failed, or was silent for longer than ``patience_s``;
            carries what it printed.
    """
    printed: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own interpreter, arguments as a list
        [sys.executable, "-u", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"NO_COLOR": "1", "TERM": "dumb"},
    ) as process:
        assert process.stdout is not None
        try:
            for line in _lines(process.stdout, patience_s):
                printed.append(line)
                on_line(line)
        except TimeoutError:
            printed.append(f"{module} {SILENT} {patience_s:.0f} s")
            process.kill()
    text = "\n".join(printed)
    if process.returncode:
        raise ToolError(INSTALL if f"No module named {module}" in text else text)
    return text


def _lines(stream: IO[bytes], patience_s: float) -> Iterator[str]:
    pending = b""
    while True:
        if not select.select([stream], [], [], patience_s)[0]:
            raise TimeoutError
        data = os.read(stream.fileno(), _READ_BYTES)
        *whole, pending = (pending + data).replace(b"\r", b"\n").split(b"\n")
        yield from (line.decode(errors="replace").rstrip() for line in whole if line.strip())
        if not data:
            break
    if pending.strip():
        yield pending.decode(errors="replace").rstrip()
