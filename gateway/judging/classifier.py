"""The inference service behind HTTP: windows in, predictions out, circuit breakers between.

One breaker is for the service, which does not answer; each asset type has one of its own, for
what the service answers of it: a type without a model costs the others nothing.
"""

import random
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from contract.assets.words import Asset
from contract.diagnosing import NO_MODEL, Hold, Window
from contract.errors import NotServed, Unavailable, reason
from contract.messages import DependencyStatus, Prediction, Value
from gateway.judging.json_http import Answer, Poster

TIMEOUT_S: Final = 2.0
MAX_PAUSE_S: Final = 10.0
NO_MODEL_PAUSE_S: Final = 30.0  # a training takes half a minute, and nobody waits for its end
# What is wrong with one request, or with what is served of one type; not with the service.
_OF_ONE_TYPE: Final = (
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)


class _WireWindow(msgspec.Struct, omit_defaults=True):
    time_ms: Sequence[int]
    rows: Sequence[Sequence[Value]]
    holds: Sequence[Hold] | None = None


class _Request(msgspec.Struct):
    asset: str
    channels: list[str]
    windows: list[_WireWindow]


class _Answer(msgspec.Struct):
    model: str
    predictions: list[Prediction]


class _Problem(msgspec.Struct):
    type: str = ""
    detail: str = ""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Answer).decode
_decode_problem: Final = msgspec.json.Decoder(_Problem).decode


class _Breaker:
    """Keeps requests away for a while after a failure, and longer after each further one."""

    def __init__(self) -> None:
        self._failures = 0
        self._closed_until_s = 0.0  # monotonic; open until then

    @property
    def pause_s(self) -> float:
        return max(0.0, self._closed_until_s - time.monotonic())

    def open(self, *, pause_s: float | None = None) -> None:
        if pause_s is None:
            pause_s = min(MAX_PAUSE_S, 0.5 * 2**self._failures) * random.uniform(0.5, 1.0)  # noqa: S311
        self._closed_until_s = time.monotonic() + pause_s
        self._failures = min(self._failures + 1, 10)

    def close(self) -> None:
        self._failures = 0


class _Refusal:
    """What the service last said of a type that it does not judge."""

    def __init__(self) -> None:
        self.breaker = _Breaker()
        self.detail = ""
        self.is_failure = False  # otherwise it has no model, which is nobody's failure


class Classifier:
    """Asks for predictions while the service answers, and leaves it alone for a while when not."""

    def __init__(self, *, url: str, token: str = "") -> None:
        self._url = url
        self._http = Poster(url=url, timeout_s=TIMEOUT_S, token=token)
        self._breaker = _Breaker()
        self._refusals: dict[str, _Refusal] = {}  # by asset type
        self._model = ""
        self._status = DependencyStatus(status="down", detail="not asked yet", since_ms=_now())

    async def close(self) -> None:
        self._http.close()

    def status(self) -> DependencyStatus:
        return self._status

    @property
    def pause_s(self) -> float:
        """How long the breaker still keeps all requests away."""
        return self._breaker.pause_s

    async def predict(self, asset: Asset, windows: Sequence[Window]) -> list[Prediction]:
        """One prediction a window, in order.

        Raises:
            NotServed: the service judges no machine of this type, and does judge others.
            Unavailable: the service does not answer, or answers something else.
        """
        if self.pause_s > 0:
            raise Unavailable(self._status.detail)
        refusal = self._refusals.get(asset.name)
        if refusal is not None and refusal.breaker.pause_s > 0:
            raise NotServed(refusal.detail, retry_s=refusal.breaker.pause_s)
        try:
            answer = await self._ask(asset, windows)
        except NotServed:
            self._breaker.close()
            self._note_answered()
            raise
        except Unavailable as error:
            self._breaker.open()
            self._note("down", str(error))
            raise
        self._breaker.close()
        self._refusals.pop(asset.name, None)
        self._model = answer.model
        self._note_answered()
        return answer.predictions

    async def _ask(self, asset: Asset, windows: Sequence[Window]) -> _Answer:
        request = _Request(
            asset=asset.name,
            channels=list(asset.columns),
            windows=[_WireWindow(window.time_ms, window.rows, window.holds) for window in windows],
        )
        try:
            answer = await self._http.post("/predict/batch", _encode(request))
        except OSError as error:
            detail = reason(error)
            raise Unavailable(f"Inference at {self._url} does not answer: {detail}") from error
        if answer.status != HTTPStatus.OK:
            self._turn_away(asset, answer)
        return _checked(answer.body, len(windows))

    def _turn_away(self, asset: Asset, answer: Answer) -> None:
        """Raise what an answer without predictions means."""
        problem = _problem_of(answer.body)
        said = f"{answer.status} {answer.body[:200].decode(errors='replace')}"
        detail = f"Inference at {self._url} answered {said}"
        if problem.type != NO_MODEL and answer.status not in _OF_ONE_TYPE:
            raise Unavailable(detail)
        refusal = self._refusals.setdefault(asset.name, _Refusal())
        refusal.is_failure = problem.type != NO_MODEL
        if refusal.is_failure:
            refusal.detail = f"{detail} about a {asset.name}"
            refusal.breaker.open()
        else:
            refusal.detail = f"No model of {asset.name} is served: {problem.detail}"
            refusal.breaker.open(pause_s=NO_MODEL_PAUSE_S)
        raise NotServed(refusal.detail, retry_s=refusal.breaker.pause_s)

    def _note_answered(self) -> None:
        """The service is there; what it does not judge is said, and is no failure of others."""
        failures = [one.detail for one in self._refusals.values() if one.is_failure]
        if failures:
            self._note("down", failures[0])
            return
        without = "".join(f"; no model of {name}" for name in sorted(self._refusals))
        self._note("ok", f"{self._model or 'inference'} at {self._url}{without}")

    def _note(self, status: Literal["ok", "down"], detail: str) -> None:
        if (status, detail) != (self._status.status, self._status.detail):
            self._status = DependencyStatus(status=status, detail=detail, since_ms=_now())


def _problem_of(body: bytes) -> _Problem:
    try:
        return _decode_problem(body)
    except (msgspec.DecodeError, UnicodeDecodeError):  # not ours
        return _Problem()


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
