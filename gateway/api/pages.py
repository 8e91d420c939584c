"""A list that is too long for one answer: a page of it, and where the next one begins."""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import Request, Response

from gateway.api.context import json_response


class Listed(NamedTuple):
    """One entry of a list, with the id of its row; ``to``: where the range of what follows ends."""

    id: int
    entry: object
    to: int | None = None


def page(found: Iterable[Listed], request: Request, *, limit: int, **also: object) -> Response:
    """The first ``limit`` entries; of one more that was found, the next page as a link (RFC 8288).

    That link is relative, so that it holds behind whatever proxy. ``also``: what else it says.
    """
    listed = list(found)
    shown = listed[:limit]
    response = json_response([one.entry for one in shown])
    if len(listed) > limit:
        last = shown[-1]
        where = {"before": last.id} if last.to is None else {"before": last.id, "to": last.to}
        following = request.url.include_query_params(**where, **also)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return response
