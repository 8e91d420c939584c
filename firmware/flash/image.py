"""MicroPython's image for a chip: a file or an address in, a checked file out."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import httpx

from firmware.chips import CHIPS, Chip
from firmware.errors import ImageError

CACHE = Path.home() / ".cache" / "edgetwin"
_MAGIC = 0xE9  # the first byte of every image for these chips
_CHIP_ID_AT = 12  # esp_image_header_t.chip_id, 16 bits
_HEADER_BYTES = 24
_VERSION = re.compile(rb"MicroPython v(\d{1,4})\.(\d{1,4})")  # its greeting at the console
_OLDEST = (1, 27)
_TIMEOUT_S = 30.0
_MOST_BYTES = 16 * 1024 * 1024


def obtain(
    source: str, *, chip: Chip, sha256: str, cache: Path, progress: Callable[[float], None]
) -> Path:
    """The image at ``source``, a file or an http(s) address, as a file that fits ``chip``.

    What was downloaded once is taken from ``cache``. ``progress`` is told the share that is there.

    Raises:
        ImageError: it is not there, is not what ``sha256`` says, or is for another chip.
    """
    sha256 = sha256.lower()
    if source.startswith(("http://", "https://")):
        if not sha256:
            raise ImageError("An image from the network must be checked: give --image-sha256 too.")
        path = _downloaded(source, sha256=sha256, cache=cache, progress=progress)
    else:
        path = Path(source)
    check(_read(path), name=str(path), chip=chip, sha256=sha256)
    return path


def where_to_get(chip: Chip) -> str:
    """A sentence."""
    return (
        f"Download the newest release's .bin for the {chip.title} from "
        f"{chip.page} and give it with --image FILE."
    )


def check(content: bytes, *, name: str, chip: Chip, sha256: str) -> None:
    """Return if ``content`` is MicroPython for ``chip``, and what ``sha256`` says if it is given.

    Raises:
        ImageError: it is not.
    """
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise ImageError(f"{name} has SHA-256 {found}, not {sha256}: it is damaged or another one.")
    if len(content) < _HEADER_BYTES or content[0] != _MAGIC:
        raise ImageError(f"{name} is no image for an ESP32. {where_to_get(chip)}")
    number = int.from_bytes(content[_CHIP_ID_AT : _CHIP_ID_AT + 2], "little")
    if number != chip.image_id:
        titles = [other.title for other in CHIPS.values() if other.image_id == number]
        other = titles[0] if titles else f"a chip of number {number}"
        raise ImageError(f"{name} is for {other}, not for {chip.title}. {where_to_get(chip)}")
    version = _VERSION.search(content)
    if version is None:
        raise ImageError(f"{name} is no release of MicroPython. {where_to_get(chip)}")
    if tuple(map(int, version.groups())) < _OLDEST:
        raise ImageError(
            f"{name} is {version.group().decode()}, and the program needs "
            f"{'.'.join(map(str, _OLDEST))} or later. {where_to_get(chip)}"
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror}") from None


def _downloaded(
    address: str, *, sha256: str, cache: Path, progress: Callable[[float], None]
) -> Path:
    """From the cache if it holds it, else from ``address``; nothing unchecked stays there."""
    path = cache / f"{sha256}.bin"
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
        return path
    try:
        content = _fetch(address, progress)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ImageError(
            f"{address} cannot be downloaded: {error or type(error).__name__}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ImageError(f"{address} has SHA-256 {found}, not {sha256}: it was not kept.")
    cache.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path


def _fetch(address: str, progress: Callable[[float], None]) -> bytes:
    content = bytearray()
    with httpx.stream("GET", address, follow_redirects=True, timeout=_TIMEOUT_S) as response:
        response.raise_for_status()
        size = int(response.headers.get("content-length", 0))
        for part in response.iter_bytes():
            content += part
            if len(content) > _MOST_BYTES:
                raise ImageError(f"{address} is larger than any image: it was not kept.")
            progress(len(content) / size if size else 0.0)
    return bytes(content)
