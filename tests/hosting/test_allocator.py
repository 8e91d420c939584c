"""One heap for all threads of a gateway: what one lets go of, another can use."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has many")

# Six threads at once, each with something allocated; then how many heaps glibc tells of.
HEAPS = """
import ctypes, threading
from pathlib import Path
libc = ctypes.CDLL(None)
libc.fopen.restype = libc.malloc.restype = ctypes.c_void_p

def heaps(*_):
    together = threading.Barrier(6)
    def work():
        libc.malloc(5_000)
        together.wait()
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    file = ctypes.c_void_p(libc.fopen(b"heaps.xml", b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(Path("heaps.xml").read_text().count("<heap "))
"""
ANYBODY = "heaps()"
GATEWAY = """
from gateway import __main__ as gateway
gateway._keep_serving = heaps  # where it has threads
gateway.main([])
"""


def heaps(directory: Path, program: str) -> int:
    settings = {"EDGETWIN_DATA_DIR": str(directory), "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", HEAPS + program],
        env={**os.environ, **settings},
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(told.stdout)


def test_threads_of_the_gateway_share_one_heap(tmp_path: Path) -> None:
    assert heaps(tmp_path, GATEWAY) == 1
    assert heaps(tmp_path, ANYBODY) > 1
