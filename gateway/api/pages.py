"""A list that is too long for one answer: a page of it, and where the next one begins."""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import Request, Response

from gateway.api.context import json_response


class Listed(NamedTuple):
    """One entry of a list, with the id of its row."""

    id: int
    entry: object


def page(found: Iterable[Listed], request: Request, *, limit: int) -> Response:
    """The first ``limit`` entries; of one more that was found, the next page as a link (RFC 8288).

    That link is relative, so that it holds behind whatever proxy.
    """
    listed = list(found)
    shown = listed[:limit]
    response = json_response([one.entry for one in shown])
    if len(listed) > limit:
        following = request.url.include_query_params(before=shown[-1].id)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return response
