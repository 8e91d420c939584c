"""A POST whose answer depends on its body alone, past all that a framework does for each call.

FastAPI's and Starlette's machinery (100 us, measured) would cost more than the forest.
"""

from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inference.errors import InferenceError
from inference.serving import problems

Answer = Callable[[bytes], bytes]  # JSON in, JSON out; raises InferenceError


class Shortcut:
    """ASGI middleware: a POST to one of the paths of ``answers`` is answered here."""

    def __init__(self, app: ASGIApp, *, answers: Mapping[str, Answer]) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        answer = self._answers.get(scope["path"]) if is_post else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        body = (await receive())["body"]  # the guard has read it whole
        try:
            response = Response(answer(body), media_type="application/json")
        except InferenceError as error:
            response = problems.of(error, path=scope["path"])
        await response(scope, receive, send)
