"""The inference service's word on what is unlike one machine's normal, by HTTP."""

from http import HTTPStatus
from typing import Any, Final

import msgspec

from contract.errors import Refused, Unavailable, reason
from gateway.judging.json_http import Poster

TIMEOUT_S: Final = 30.0  # a forest takes seconds to learn


class _Problem(msgspec.Struct):
    detail: str = ""


_problem: Final = msgspec.json.Decoder(_Problem).decode


class Normality:
    """Asks ``POST /anomalies``; each question over a connection of its own."""

    def __init__(self, *, url: str, token: str = "") -> None:
        self._url = url
        self._token = token

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``question``.

        Raises:
            Refused: the service says what is wrong with it.
            Unavailable: it does not answer, or answers something else.
        """
        http = Poster(url=self._url, timeout_s=TIMEOUT_S, token=self._token)
        try:
            answer = await http.post("/anomalies", msgspec.json.encode(question))
        except OSError as error:
            why = reason(error)
            raise Unavailable(f"Inference at {self._url} does not answer: {why}") from error
        finally:
            http.close()
        try:
            if answer.status == HTTPStatus.OK:
                found: dict[str, Any] = msgspec.json.decode(answer.body, type=dict[str, Any])
                if "departed" in found:
                    return found
                raise Unavailable(f"Inference at {self._url} is of an older version.")
            detail = _problem(answer.body).detail
        except (msgspec.DecodeError, UnicodeDecodeError):
            detail = ""
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and detail:
            raise Refused(detail)
        raise Unavailable(f"Inference at {self._url} answered {answer.status}: {detail}")
