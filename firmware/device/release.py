"""The signed manifest of a release in, what may be believed of it out; pure, for both ends.

The manifest (version, files with sizes and SHA-256) is signed with HMAC-SHA256 under a key of this
device alone. Not Ed25519: MicroPython brings SHA-256 in C and no elliptic curve; one in Python
would be the program's largest file, and slow on this chip. What an asymmetric key would add, that a
key read out of one board's flash signs nothing, matters where boards share a key; here it opens
the board it was read from, and no other. The manifest names the device and the epoch it was signed
for, so one that was recorded cannot be played again after the next start.
"""

import binascii
import hashlib
import json
import struct

FORMAT = 1
CHUNK_BYTES = 4096
HEAD_BYTES = 14
_HEAD = ">8sHI"  # of a chunk: release, file, offset; the data follow
_FOLDER = "firmware/"  # all files of a release are below it
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
_BLOCK_BYTES = 64  # of SHA-256
_DIGEST_LETTERS = 64


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
    """``0.10.2+build`` as something that can be compared; builds of one version are equal.

    Raises:
        ValueError: it is no version.
    """
    return [int(part) for part in version.partition("+")[0].split(".")]


def verified(text, signature, key: bytes):
    """The manifest in ``text``, believed only because the signature fits.

    Raises:
        ValueError: it does not, or what was signed is no manifest this program understands.
    """
    if not isinstance(text, str) or not isinstance(signature, str):
        raise ValueError("an update needs a manifest and its signature")  # noqa: TRY004 - refused
    if not _same(sign(key, text.encode()), signature):
        raise ValueError("bad signature: it was not made with this device's key")
    manifest = json.loads(text)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("this program understands manifests of format %d" % FORMAT)
    try:
        order(manifest["version"])
        for path, size, digest in manifest["files"]:
            if not _is_safe(path) or size < 0 or len(digest) != _DIGEST_LETTERS:
                raise ValueError("no release has such a file: " + path)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("the manifest lacks its version or its files") from None
    return manifest


def check_identity(manifest, *, device: str, epoch: str) -> None:
    """Raises ValueError when it was signed for another device, or for another life of this one."""
    if manifest.get("device") != device:
        raise ValueError("it was signed for " + str(manifest.get("device")))
    if manifest.get("epoch") != epoch:
        raise ValueError("it was signed before the last start of this device: send it again")


def check_order(manifest, *, running: str) -> None:
    """Raises ValueError when it is older than what runs and does not say that this is meant."""
    version = manifest["version"]
    if order(version) < order(running) and not manifest.get("force"):
        raise ValueError(
            "%s is older than %s, which runs here: it must be forced" % (version, running)
        )


def _same(expected: str, given: str) -> bool:
    """In a time that tells nothing of where they differ."""
    difference = len(expected) ^ len(given)
    for ours, theirs in zip(expected, given):  # noqa: B905 - MicroPython's zip has no strict
        difference |= ord(ours) ^ ord(theirs)
    return difference == 0


def _is_safe(path: str) -> bool:
    """Letters that can lead nowhere but below the slot's firmware/."""
    return path.startswith(_FOLDER) and all(
        part.strip(_LETTERS) == "" and part.strip(".") != "" for part in path.split("/")
    )
