"""The inference service behind HTTP: windows in, predictions out, a circuit breaker between."""

import random
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from gateway.assets.base import Asset
from gateway.detect import Window
from gateway.errors import Unavailable, reason
from gateway.messages import DependencyStatus, Prediction
from gateway.poster import Poster

TIMEOUT_S: Final = 2.0
MAX_PAUSE_S: Final = 10.0


class _WireWindow(msgspec.Struct):
    time_ms: Sequence[int]
    rows: Sequence[Sequence[float]]


class _Request(msgspec.Struct):
    asset: str
    channels: list[str]
    windows: list[_WireWindow]


class _Answer(msgspec.Struct):
    model: str
    predictions: list[Prediction]


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Answer).decode


class Classifier:
    """Asks for predictions while the service answers, and leaves it alone for a while when not."""

    def __init__(self, *, url: str, token: str = "") -> None:
        self._url = url
        self._http = Poster(url=url, timeout_s=TIMEOUT_S, token=token)
        self._failures = 0
        self._closed_until = 0.0  # monotonic; the breaker is open until then
        self._status = DependencyStatus(status="down", detail="not asked yet", since_ms=_now())

    async def close(self) -> None:
        self._http.close()

    def status(self) -> DependencyStatus:
        return self._status

    @property
    def pause_s(self) -> float:
        """How long the breaker still keeps requests away."""
        return max(0.0, self._closed_until - time.monotonic())

    async def predict(self, asset: Asset, windows: Sequence[Window]) -> list[Prediction]:
        """One prediction a window, in order.

        Raises:
            Unavailable: the service does not answer, or answers something else.
        """
        if self.pause_s > 0:
            raise Unavailable(self._status.detail)
        try:
            answer = await self._ask(asset, windows)
        except Unavailable as error:
            self._open_breaker(str(error))
            raise
        self._failures = 0
        self._note("ok", f"{answer.model} at {self._url}")
        return answer.predictions

    async def _ask(self, asset: Asset, windows: Sequence[Window]) -> _Answer:
        request = _Request(
            asset=asset.name,
            channels=[channel.name for channel in asset.required],
            windows=[_WireWindow(window.time_ms, window.rows) for window in windows],
        )
        try:
            status, body = await self._http.post("/predict/batch", _encode(request))
        except OSError as error:
            detail = reason(error)
            raise Unavailable(f"Inference at {self._url} does not answer: {detail}") from error
        if status != HTTPStatus.OK:
            detail = f"{status} {body[:200].decode(errors='replace')}"
            raise Unavailable(f"Inference at {self._url} answered {detail}")
        return _checked(body, len(windows))

    def _open_breaker(self, detail: str) -> None:
        pause = min(MAX_PAUSE_S, 0.5 * 2**self._failures) * random.uniform(0.5, 1.0)  # noqa: S311
        self._closed_until = time.monotonic() + pause
        self._failures = min(self._failures + 1, 10)
        self._note("down", detail)

    def _note(self, status: Literal["ok", "down"], detail: str) -> None:
        if (status, detail) != (self._status.status, self._status.detail):
            self._status = DependencyStatus(status=status, detail=detail, since_ms=_now())


def _checked(content: bytes, expected: int) -> _Answer:
    try:
        answer = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"Inference answered what is not a prediction: {error}") from error
    if len(answer.predictions) != expected:
        raise Unavailable(f"Inference answered {len(answer.predictions)} of {expected} windows.")
    return answer


def _now() -> int:
    return time.time_ns() // 1_000_000
