"""How long machines of a type last as others did, asked of the inference service over HTTP."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from contract.errors import Refused, Unavailable

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S: Final = 10.0
_CONNECT_S: Final = 2.0
_PATH: Final = "/remaining-life"
T = TypeVar("T")


class Model(msgspec.Struct):
    """What it was learned from, and what it wants to be told."""

    model: str
    machines: int
    simulated: bool
    time_unit: str
    step: float
    channels: list[str]

    @property
    def kind(self) -> str:
        """Of what it was learned from."""
        return "virtual machines" if self.simulated else "machines"


class Interval(msgspec.Struct):
    """``high`` None: further than the model looks."""

    share: float
    low: float
    high: float | None


class Told(msgspec.Struct):
    """What a machine has left, in the unit it was asked in."""

    remaining: float | None
    intervals: list[Interval]
    reason: str | None


class _Problem(msgspec.Struct):
    detail: str = ""


class LearnedLife:
    """Asks ``/remaining-life`` at ``url``."""

    def __init__(
        self, url: str, *, token: str, transport: "httpx.AsyncBaseTransport | None" = None
    ) -> None:
        """``transport``: another way there than a connection."""
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._transport = transport

    async def model(self, asset: str) -> Model | None:
        """The one of that type; None: nobody has learned it.

        Raises:
            Unavailable: nobody answers.
        """
        answer = await self._asked("GET", params={"asset": asset})
        return _read(answer, Model) if answer.status_code == HTTPStatus.OK else None

    async def ask(self, question: dict[str, Any]) -> Told:
        """What is left of one machine.

        Raises:
            Refused: it cannot be told; the text says why.
            Unavailable: nobody answers.
        """
        answer = await self._asked("POST", content=msgspec.json.encode(question))
        if answer.status_code != HTTPStatus.OK:
            raise Refused(_read(answer, _Problem).detail)
        return _read(answer, Told)

    async def _asked(self, method: str, **what: Any) -> "httpx.Response":
        import httpx  # noqa: PLC0415 - it brings a terminal's library along: a start need not wait

        transport = self._transport or httpx.AsyncHTTPTransport(verify=False)
        try:
            async with httpx.AsyncClient(
                base_url=self._url,
                headers=self._headers | {"content-type": "application/json"},
                timeout=httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_S),
                transport=transport,
            ) as client:
                return await client.request(method, _PATH, **what)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise Unavailable(f"Inference at {self._url} does not answer: {reason}") from error


def _read(answer: "httpx.Response", kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise Unavailable(f"Inference answered what tells of no life: {error}") from error
