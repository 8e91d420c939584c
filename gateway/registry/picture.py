"""Bytes in, whether they are a picture, of what kind, and a small one of it out. Pure.

A picture is decoded whole before it is kept: what is broken, or would take a browser's memory, is
refused while the person who sends it still looks.
"""

import io
from typing import Final

from PIL import Image, ImageOps

from contract.errors import Refused

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
SMALL: Final = 128  # pixels of the longer side
SMALL_TYPE: Final = "image/webp"

_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
TYPES: Final = tuple(_TYPES.values())
_OTHER: Final = "this is none in PNG, JPEG or WebP"


def type_of(body: bytes) -> str | None:
    """The media type by the first bytes; None: it is none of those that are taken."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return _TYPES["PNG"]
    if body.startswith(b"\xff\xd8\xff"):
        return _TYPES["JPEG"]
    is_webp = body.startswith(b"RIFF") and body[8:12] == b"WEBP"
    return _TYPES["WEBP"] if is_webp else None


def small(body: bytes) -> bytes:
    """The same, upright and ``SMALL``, as ``SMALL_TYPE``.

    Raises:
        Refused: it is no picture that is taken, it is broken, or it has too many pixels.
    """
    if type_of(body) is None:
        raise Refused(f"A photo must be a picture: {_OTHER}.")
    try:
        return _shrunk(body)
    except Refused:
        raise
    except Exception as error:  # whatever a decoder makes of rubbish
        raise Refused(f"A photo must be a picture that can be read: {_why(error)}.") from error


def _shrunk(body: bytes) -> bytes:
    with Image.open(io.BytesIO(body), formats=tuple(_TYPES)) as opened:
        pixels = opened.width * opened.height
        if pixels > MOST_PIXELS:
            raise Refused(
                f"A photo may have {MOST_PIXELS // 1_000_000} million pixels; this has"
                f" {opened.width} x {opened.height}: make it smaller."
            )
        opened.thumbnail((SMALL, SMALL))
        upright = ImageOps.exif_transpose(opened)
    made = io.BytesIO()
    upright.convert("RGBA").save(made, "WEBP", quality=80)
    return made.getvalue()


def _why(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "it has far too many pixels"
    return "it is broken, or part of it is missing"
