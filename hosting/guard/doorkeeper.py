"""Requests in, only those that may pass on: the right host, the token, a small and plain body.

A browser can be made to send requests to 127.0.0.1 by any page it shows. What keeps such a page
out: its requests carry its own name in ``Host`` even when that name has been rebound to loopback;
answers to it are unreadable, since there is no CORS; and a body must be ``application/json``, which
a page of another origin may not send without being asked (and here nobody answers the asking).
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.access import is_bearer, is_loopback
from hosting.guard import bodies
from hosting.guard.bodies import MAX_BODY_BYTES, MOST_PICTURES, Pictures
from hosting.guard.methods import is_taken
from hosting.guard.origin import peer_of
from hosting.guard.problems import problem
from hosting.guard.throttle import Throttle
from hosting.guard.turned_away import TurnedAwayError

MOST_REQUESTS: Final = 100  # answered at a time; /health is, whatever there is besides

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

HEALTH: Final = "/health"
# What is open without a token: /health, and the description of the API, which holds no data.
OPEN_PATHS: Final = frozenset({HEALTH, "/docs", "/openapi.json"})
ASSETS_PATH: Final = "/docs-assets"

_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
# FastAPI starts Swagger UI from an inline script, and Swagger UI styles itself.
_DOCS_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
Dress = tuple[tuple[bytes, bytes], ...]
_DRESS: Final[Dress] = (*_HEADERS, (b"content-security-policy", _POLICY.encode()))
_DRESS_OF_DOCS: Final[Dress] = (*_HEADERS, (b"content-security-policy", _DOCS_POLICY.encode()))


def to_nobody(_address: str, _detail: str) -> None:
    """For a service that keeps no book of who was refused."""


@dataclass(frozen=True, kw_only=True)
class House:
    """The service behind the door.

    Attributes:
        name: as a sentence begins with it.
        host: what it is bound to.
        token: empty when none is asked for.
        most_bytes: of a body, by the path that takes it; every other path takes ``MAX_BODY_BYTES``.
        pictures: where one may be brought; None: nowhere.
        refused: told of each wrong token: (address, what was wrong with it).
    """

    name: str
    host: str
    token: str
    most_bytes: dict[str, int] = field(default_factory=dict)
    pictures: Pictures | None = None
    refused: Callable[[str, str], None] = to_nobody


class Guard:
    """ASGI middleware in front of every route."""

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self._app = app
        self._house = house
        self._token = house.token.encode()
        self._host = house.host.strip("[]").lower()
        self._any_host = _is_wildcard(self._host)  # the settings then ask for a token
        self._throttle = Throttle()
        self._running = 0
        self._pictures = 0  # on their way in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        dressed = _dressed(send, _DRESS_OF_DOCS if scope["path"] == "/docs" else _DRESS)
        pictures = self._house.pictures
        brings_picture = pictures is not None and pictures.fit(scope)
        self._pictures += brings_picture
        try:
            await self._pass(scope, receive, dressed)
        finally:
            self._pictures -= brings_picture

    async def _pass(self, scope: Scope, receive: Receive, dressed: Send) -> None:
        try:
            receive = await self._admit(scope, receive)
            self._check_load(scope["path"])
        except TurnedAwayError as refusal:
            answer = problem(
                status=refusal.status,
                detail=refusal.detail,
                path=scope["path"],
                headers=refusal.headers,
            )
            await answer(scope, receive, dressed)
            return
        self._running += 1
        try:
            await self._app(scope, receive, dressed)
        finally:
            self._running -= 1

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        self._check_host(headers.getlist("host"))
        if self._token and not _is_open(scope["path"]):
            self._check_token(headers.get("authorization", ""), address=peer_of(scope))
        if scope["method"] not in _WITH_BODY:
            return receive
        pictures = self._house.pictures
        if pictures is not None and pictures.fit(scope):
            self._check_pictures()
            return await bodies.picture(headers, receive, taken=pictures)
        most_bytes = self._house.most_bytes.get(scope["path"])
        if most_bytes is not None or is_taken(scope):
            most_bytes = most_bytes or MAX_BODY_BYTES
            return await bodies.checked_json(headers, receive, most_bytes=most_bytes)
        return receive

    def _check_pictures(self) -> None:
        if self._pictures > MOST_PICTURES:
            raise TurnedAwayError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._house.name} takes {MOST_PICTURES} pictures already: send it again soon.",
                {"Retry-After": "1", "Connection": "close"},
            )

    def _check_load(self, path: str) -> None:
        if self._running >= MOST_REQUESTS and path != HEALTH:
            raise TurnedAwayError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._house.name} answers {MOST_REQUESTS} requests already: ask again soon.",
                {"Retry-After": "1", "Connection": "close"},
            )

    def _check_host(self, values: list[str]) -> None:
        if self._any_host:
            return
        if not values or not all(map(self._is_ours, map(_hostname, values))):
            raise TurnedAwayError(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"{self._house.name} does not answer to the name {', '.join(values)[:100]!r}: use"
                f" {self._host} or localhost, or set EDGETWIN_HOST.",
            )

    def _is_ours(self, hostname: str) -> bool:
        return hostname == self._host or is_loopback(hostname)

    def _check_token(self, authorization: str, *, address: str) -> None:
        """The right token always opens: strangers at its address must not keep its owner out."""
        if is_bearer(authorization, token=self._token):
            return
        self._house.refused(address, "a wrong token" if authorization else "no token")
        wait_s = self._throttle.failed(address) if authorization else 0
        if wait_s:
            raise TurnedAwayError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many wrong tokens came from {address}: wait {wait_s} s, then send the token"
                " of EDGETWIN_API_TOKEN.",
                {"Retry-After": str(wait_s)},
            )
        raise TurnedAwayError(
            HTTPStatus.UNAUTHORIZED,
            "This needs the header 'Authorization: Bearer TOKEN' with the token of"
            " EDGETWIN_API_TOKEN.",
            {"WWW-Authenticate": "Bearer"},
        )


def _dressed(send: Send, dress: Dress) -> Send:
    async def send_dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = message["headers"]
            known = {name for name, _ in own}
            message["headers"] = [*own, *(one for one in dress if one[0] not in known)]
        await send(message)

    return send_dressed


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(f"{ASSETS_PATH}/")


def _hostname(value: str) -> str:
    """The name of ``localhost:8000``, ``[::1]:8000`` or ``::1``."""
    text = value.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
