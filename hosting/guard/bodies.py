"""A request's body in as it comes; out whole, once it is known to be small and what it says it is.

That is JSON, but for the one thing that a path takes instead (``Pictures``).
"""

import asyncio
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from hosting.guard.turned_away import TurnedAwayError

MAX_BODY_BYTES: Final = 64 * 1024
BODY_WITHIN_S: Final = 10.0
MOST_PICTURES: Final = 4  # brought at a time: they lie in memory


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Where one may be brought, by PUT, and nothing else instead.

    Attributes:
        path: the whole of it.
        types: media types; no page of another origin may send one by PUT without asking.
    """

    path: re.Pattern[str]
    types: tuple[str, ...]
    most_bytes: int

    def fit(self, scope: Scope) -> bool:
        """Whether a request is to bring one."""
        return scope["method"] == "PUT" and self.path.fullmatch(scope["path"]) is not None


async def picture(headers: Headers, receive: Receive, *, taken: Pictures) -> Receive:
    """What it is in truth is the route's to say. Raises TurnedAwayError."""
    if _type_of(headers) not in taken.types:
        raise TurnedAwayError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "This needs a picture as its body and the header 'Content-Type' that says of what"
            f" kind: {', '.join(taken.types)}.",
        )
    return _replayed(await _whole(headers, receive, most_bytes=taken.most_bytes), receive)


async def checked_json(headers: Headers, receive: Receive, *, most_bytes: int) -> Receive:
    """The body read whole; played again to the route. Raises TurnedAwayError."""
    if _type_of(headers) != "application/json":
        raise TurnedAwayError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "This needs a JSON body and the header 'Content-Type: application/json'.",
        )
    body = await _whole(headers, receive, most_bytes=most_bytes)
    if most_bytes == MAX_BODY_BYTES:  # a larger one is decoded once, by its route
        _check_json(body)
    return _replayed(body, receive)


def _type_of(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def _whole(headers: Headers, receive: Receive, *, most_bytes: int) -> bytes:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await _bounded(headers, receive, most_bytes=most_bytes)
    except TimeoutError:
        raise TurnedAwayError(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body did not come within {BODY_WITHIN_S:g} s: send the request again.",
            {"Connection": "close"},
        ) from None


def _check_json(body: bytes) -> None:
    try:
        msgspec.json.decode(body)  # stricter than json: no NaN, no 1e400, no bytes but UTF-8
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TurnedAwayError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"The body is not JSON: {reason}."
        ) from None


async def _bounded(headers: Headers, receive: Receive, *, most_bytes: int) -> bytes:
    announced = headers.get("content-length", "0")
    too_large = announced.isdigit() and int(announced) > most_bytes
    body = bytearray()
    more = not too_large
    while more and not too_large:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        too_large = len(body) > most_bytes
    if too_large:
        raise TurnedAwayError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body is too large: at most {most_bytes} bytes are taken.",
            {"Connection": "close"},
        )
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
