"""What the inference service says of itself: its version, and the model of each type."""

import http.client
from typing import Final
from urllib.parse import urlsplit

import msgspec

TIMEOUT_S: Final = 1.5
_MOST_BYTES: Final = 256 * 1024


class ModelState(msgspec.Struct, omit_defaults=True):
    """One type's: its name and what it is, or why none is served.

    ``verdicts``: how many of people's it has learned from.
    """

    status: str
    model: str | None = None
    detail: str | None = None
    trained_at: str | None = None
    macro_f1: float | None = None
    verdicts: int = 0


class Inference(msgspec.Struct):
    """Its answer to ``/health``, as far as it is told on."""

    version: str
    models: dict[str, ModelState]


_decode: Final = msgspec.json.Decoder(Inference).decode


def asked(url: str) -> Inference | None:
    """Blocks for some 1.5 s at most; None: it does not answer, or something else does."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/health")
        return _decode(connection.getresponse().read(_MOST_BYTES))
    except (OSError, http.client.HTTPException, msgspec.DecodeError, UnicodeDecodeError):
        return None
    finally:
        connection.close()
