"""Bytes in, whether they are a picture, of what kind, and what is kept of it out. Pure.

A picture is decoded whole before it is kept: what is broken, or would take a browser's memory, is
refused while the person who sends it still looks.
"""

import io
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageOps

from contract.errors import Refused

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
SMALL: Final = 128  # pixels of the longer side
SMALL_TYPE: Final = "image/webp"

_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
TYPES: Final = tuple(_TYPES.values())
# What an opened picture tells of itself that is needed to show it; anything else tells more.
_NEEDED: Final = frozenset(
    {"jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform", "dpi"}
    | {"progressive", "progression", "icc_profile", "gamma", "srgb", "chromaticity", "aspect"}
    | {"transparency", "background", "interlace", "loop", "timestamp", "duration"}
)
_KEPT: Final = ("icc_profile", "transparency")
_QUALITY: Final = 92
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
    return _read(body, _shrunk)


def bare(body: bytes) -> bytes:
    """The picture alone: drawn anew and upright where a camera wrote more into it, as the place.

    Raises:
        Refused: as ``small`` does.
    """
    return _read(body, _drawn_anew)


def _read(body: bytes, use: Callable[[Image.Image, bytes], bytes]) -> bytes:
    """What ``use`` makes of the opened picture."""
    if type_of(body) is None:
        raise Refused(f"A photo must be a picture: {_OTHER}.")
    try:
        with Image.open(io.BytesIO(body), formats=tuple(_TYPES)) as opened:
            _check_pixels(opened)
            return use(opened, body)
    except Refused:
        raise
    except Exception as error:  # whatever a decoder makes of rubbish
        raise Refused(f"A photo must be a picture that can be read: {_why(error)}.") from error


def _check_pixels(opened: Image.Image) -> None:
    if opened.width * opened.height > MOST_PIXELS:
        raise Refused(
            f"A photo may have {MOST_PIXELS // 1_000_000} million pixels; this has"
            f" {opened.width} x {opened.height}: make it smaller."
        )


def _drawn_anew(opened: Image.Image, body: bytes) -> bytes:
    opened.load()  # a PNG may tell more behind its pixels
    if not _tells_more(opened, body):
        return body
    upright = ImageOps.exif_transpose(opened)
    upright.info = {name: upright.info[name] for name in _KEPT if name in upright.info}
    kind = next(kind for kind, type_ in _TYPES.items() if type_ == type_of(body))
    made = io.BytesIO()
    upright.save(made, kind, quality=_QUALITY, icc_profile=upright.info.get("icc_profile"))
    return made.getvalue()


def _tells_more(opened: Image.Image, body: bytes) -> bool:
    trailed = type_of(body) == _TYPES["JPEG"] and not body.endswith(b"\xff\xd9")
    return trailed or bool(opened.getexif()) or not _NEEDED.issuperset(opened.info)


def _shrunk(opened: Image.Image, _body: bytes) -> bytes:
    opened.thumbnail((SMALL, SMALL))
    upright = ImageOps.exif_transpose(opened)
    made = io.BytesIO()
    upright.convert("RGBA").save(made, "WEBP", quality=80)
    return made.getvalue()


def _why(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "it has far too many pixels"
    return "it is broken, or part of it is missing"
