"""The service that simulates, asked over HTTP: lines of how far it is, and then of its answer."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from contract.errors import Refused, Unavailable

if TYPE_CHECKING:
    import httpx

_CONNECT_S: Final = 2.0
_SILENT_S: Final = 30.0  # it says how far it is four times a second
_OF_THE_QUESTION: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class Line(msgspec.Struct):
    """How far it is, 0 to 1, or its answer."""

    done: float | None = None
    answer: dict[str, Any] | None = None
    error: str | None = None


_decode: Final = msgspec.json.Decoder(Line).decode


class Simulations:
    """Asks ``POST /scenarios`` at ``url``."""

    def __init__(
        self, url: str, *, token: str, transport: "httpx.AsyncBaseTransport | None" = None
    ) -> None:
        """``transport``: another way there than a connection."""
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._transport = transport

    async def lines(self, body: bytes) -> AsyncGenerator[Line, None]:
        """How far it is, as often as it says so, and at last its answer.

        Raises:
            Refused: it cannot be simulated so.
            Unavailable: nobody simulates now.
        """
        import httpx  # noqa: PLC0415 - it brings a terminal's library along: a start need not wait

        try:
            async with (
                httpx.AsyncClient(
                    base_url=self._url,
                    headers=self._headers | {"content-type": "application/json"},
                    timeout=httpx.Timeout(_SILENT_S, connect=_CONNECT_S),
                    transport=self._transport,
                ) as client,
                client.stream("POST", "/scenarios", content=body) as answer,
            ):
                await _check(answer)
                async for line in answer.aiter_lines():
                    yield _line(line)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise Unavailable(
                f"Inference at {self._url}, which simulates, does not answer: {reason}"
            ) from error


async def _check(answer: "httpx.Response") -> None:
    if answer.status_code == HTTPStatus.OK:
        return
    detail = _detail(await answer.aread())
    if answer.status_code in _OF_THE_QUESTION:
        raise Refused(detail)
    raise Unavailable(f"Nothing is simulated now: {detail}")


def _detail(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["detail"])
    except (msgspec.DecodeError, TypeError, KeyError):
        return body[:200].decode(errors="replace")


def _line(text: str) -> Line:
    try:
        line = _decode(text)
    except msgspec.DecodeError as error:
        raise Unavailable(f"Inference answered what is no simulation: {error}") from error
    if line.error is not None:
        raise Unavailable(line.error)
    return line
