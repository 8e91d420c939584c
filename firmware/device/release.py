"""The signed manifest of a release in, what may be believed of it out; pure, for both ends.

The manifest (version, files with sizes and SHA-256) is signed with HMAC-SHA256 under a key of this
device alone. Not Ed25519: MicroPython brings SHA-256 in C and no elliptic curve; one in Python
would be the program's largest file, and slow on this chip. What an asymmetric key would add, that a
key read out of one board's flash signs nothing, matters where boards share a key; here it opens
the board it was read from, and no other. The manifest names the device and the epoch it was signed
for, so one that was recorded cannot be played again after the next start; accepted.py remembers
those of this life. ``build`` is when the release was made, in seconds since 1970: of one version,
what is not newer must be forced.
"""

import binascii
import hashlib
import json
import struct

FORMAT = 1
MOST_FILES = 128
MOST_FILE_BYTES = 1 << 20
MOST_BUILD = 1 << 40
CHUNK_BYTES = 4096
HEAD_BYTES = 14
_HEAD = ">8sHI"  # of a chunk: release, file, offset; the data follow
_FOLDER = "firmware/"  # all files of a release are below it
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
_BLOCK_BYTES = 64  # of SHA-256
_DIGEST_LETTERS = 64
_MOST_PATH_LETTERS = 96
_MOST_VERSION_LETTERS = 64
_MOST_NUMBER_LETTERS = 9


def sign(key: bytes, message: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) in hex; stock MicroPython has the hash alone."""
    key = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key) + bytes(_BLOCK_BYTES)
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key[:_BLOCK_BYTES]))
    inner.update(message)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key[:_BLOCK_BYTES]))
    outer.update(inner.digest())
    return binascii.hexlify(outer.digest()).decode()


def head(number: bytes, index: int, offset: int) -> bytes:
    """How the chunk of file ``index`` from ``offset`` begins; ``number`` is the release's."""
    return struct.pack(_HEAD, number, index, offset)


def order(version: str) -> list[int]:
    """``0.10.2+hash`` as something that can be compared; what stands behind the + counts nothing.

    Raises:
        ValueError: it is no version.
    """
    numbers = version.partition("+")[0].split(".")
    for number in numbers:
        if not 1 <= len(number) <= _MOST_NUMBER_LETTERS or number.strip("0123456789"):
            raise ValueError("no version: " + version[:_MOST_VERSION_LETTERS])
    return [int(number) for number in numbers]


def verified(text, signature, key: bytes):
    """The manifest in ``text``, believed only because the signature fits.

    Raises:
        ValueError: it does not, or what was signed is no manifest this program understands.
    """
    if not isinstance(text, str) or not isinstance(signature, str):
        raise ValueError("an update needs a manifest and its signature")  # noqa: TRY004 - refused
    if not _same(sign(key, text.encode()), signature):
        raise ValueError("bad signature: it was not made with this device's key")
    try:
        manifest = json.loads(text)
    except (RuntimeError, MemoryError):  # nested too deep; too large
        raise ValueError("the manifest is more than this board can read") from None
    if not isinstance(manifest, dict) or not _is_whole(manifest.get("format"), FORMAT, FORMAT):
        raise ValueError("this program understands manifests of format %d" % FORMAT)
    _check_version(manifest)
    _check_files(manifest.get("files"))
    return manifest


def _check_version(manifest) -> None:
    version = manifest.get("version")
    if not isinstance(version, str) or len(version) > _MOST_VERSION_LETTERS:
        raise ValueError("the manifest lacks its version")
    order(version)
    if not _is_whole(manifest.get("build"), 0, MOST_BUILD):
        raise ValueError("the manifest lacks its build: an integer from 0")
    if type(manifest.get("force", False)) is not bool:
        raise ValueError("force is true or false")


def _check_files(files) -> None:
    if not isinstance(files, list) or not 1 <= len(files) <= MOST_FILES:
        raise ValueError("the manifest lists 1 to %d files" % MOST_FILES)
    seen = set()
    for entry in files:
        if not isinstance(entry, list) or len(entry) != 3:
            raise ValueError("a file is listed with its path, its size and its digest")
        path, size, digest = entry
        if not isinstance(path, str) or not _is_safe(path) or path in seen:
            raise ValueError("no release has such a file: " + str(path)[:_MOST_PATH_LETTERS])
        if not _is_whole(size, 0, MOST_FILE_BYTES):
            raise ValueError("no file is so large: " + path)
        if not isinstance(digest, str) or not _is_digest(digest):
            raise ValueError("no digest: of " + path)
        seen.add(path)


def check_identity(manifest, *, device: str, epoch: str) -> None:
    """Raises ValueError when it was signed for another device, or for another life of this one."""
    if manifest.get("device") != device:
        raise ValueError("it was signed for " + str(manifest.get("device")))
    if manifest.get("epoch") != epoch:
        raise ValueError("it was signed before the last start of this device: send it again")


def check_order(manifest, *, running: str, build: int, accepted: str, accepted_build: int) -> None:
    """Raises ValueError when it is older than what runs and does not say that this is meant.

    ``running`` and ``build`` are what runs, the other two what was accepted last, "" and 0 where
    nothing was: it may have been rolled back.
    """
    if manifest.get("force"):
        return
    version, made = manifest["version"], manifest["build"]
    if order(version) < order(running):
        text = "%s is older than %s, which runs here: it must be forced" % (version, running)
    elif order(version) == order(running) and made <= build:
        text = "%s was not made after %s, which runs here: it must be forced" % (version, running)
    elif accepted and order(version) == order(accepted) and made < accepted_build:
        text = "%s was made before %s, the last one sent: it must be forced" % (version, accepted)
    else:
        return
    raise ValueError(text)


def _is_whole(value, least: int, most: int) -> bool:
    """Whether it is an integer of that range: 1.0 is none, and neither is True."""
    return type(value) is int and least <= value <= most


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST_LETTERS and not text.strip("0123456789abcdef")


def _same(expected: str, given: str) -> bool:
    """In a time that tells nothing of where they differ."""
    difference = len(expected) ^ len(given)
    for ours, theirs in zip(expected, given):  # noqa: B905 - MicroPython's zip has no strict
        difference |= ord(ours) ^ ord(theirs)
    return difference == 0


def _is_safe(path: str) -> bool:
    """Letters that can lead nowhere but below the slot's firmware/."""
    return (
        len(path) <= _MOST_PATH_LETTERS
        and path.startswith(_FOLDER)
        and all(part.strip(_LETTERS) == "" and part.strip(".") != "" for part in path.split("/"))
    )
