"""Which methods a path takes, as the app's routes have it."""

from typing import Final

from starlette.routing import Match
from starlette.types import Scope

_ALL: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def is_taken(scope: Scope) -> bool:
    """Whether a route takes this method: where none does, the answer is 405 or 404, not 415."""
    return any(route.matches(scope)[0] is Match.FULL for route in scope["app"].routes)


def methods_of(scope: Scope) -> list[str]:
    """All that the path takes; the framework names those of the first of its routes."""
    return [method for method in _ALL if is_taken({**scope, "method": method})]
