"""A POST whose answer depends on its body alone, past all that a framework does for each call.

FastAPI's and Starlette's machinery (100 us, measured) would cost more than the forest.
"""

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from inference import problems
from inference.errors import InferenceError

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
            content = answer(body)
        except InferenceError as error:
            await problems.of(error, path=scope["path"])(scope, receive, send)
            return
        headers = [
            (b"content-length", str(len(content)).encode()),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
