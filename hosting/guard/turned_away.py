"""That a request goes no further, with the sentence that says why."""

from http import HTTPStatus


class TurnedAwayError(Exception):
    def __init__(
        self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
