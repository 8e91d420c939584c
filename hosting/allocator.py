"""What threads let go of is there for all of them, and what is large goes back at once.

glibc gives each thread a heap of its own, up to eight a core: whatever one of them has once needed
stays in its heap, where no other can use it, and over weeks each comes to what it will ever need.
Threads here wait for the interpreter most of the time, not for each other's heap.
"""

import contextlib
import ctypes
from typing import Final

# malloc.h of glibc
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
LARGE_BYTES: Final = 1024 * 1024  # unsaid, it grows to as much as was ever let go of at once


def share_one_heap() -> bool:
    """To be called before there are threads; whether this C library can be told so."""
    with contextlib.suppress(OSError, AttributeError):
        tell = ctypes.CDLL(None).mallopt
        return bool(tell(_ARENA_MAX, 1) and tell(_MMAP_THRESHOLD, LARGE_BYTES))
    return False
