"""The photo of a machine."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from gateway.api import examples, schema
from gateway.api.context import Ctx, enter
from gateway.api.log_bodies import ByQuery
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Query, QueryModel
from gateway.api.routes.registry import registry_told
from gateway.registry import picture
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])

# A revision is of one picture for good; without it a browser asks whether it is another by now.
_FOR_GOOD: Final = "private, max-age=31536000, immutable"
_ASK: Final = "private, no-cache"
_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"

_PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The picture.", "content": {"image/*": {"example": "…"}}},
    404: {"description": "There is no such device, or no photo of it."},
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in picture.TYPES
        },
    }
}


class PhotoQuery(QueryModel):
    """Which of it."""

    size: Annotated[
        Literal["full", "small"],
        Field(description=f"small: {picture.SMALL} pixels at most, as {picture.SMALL_TYPE}."),
    ] = "full"
    revision: Annotated[
        str | None,
        Field(
            max_length=64,
            description="`photo` of the registry: the answer may be kept as long as one likes.",
            examples=["18797a2e6c1f0a00-2f1b"],
        ),
    ] = None


@router.get(
    "/devices/{device}/photo",
    summary="Photo of a machine",
    responses=_PICTURE,
    response_class=Response,
)
async def photo(
    device: DeviceName, query: Query[PhotoQuery], request: Request, context: Ctx
) -> Response:
    """PNG, JPEG or WebP, as it was brought. With its ETag in `If-None-Match` it is sent once.

    ```sh
    curl -s -o fan-01.jpg http://127.0.0.1:8000/devices/fan-01/photo
    ```
    """
    found = await context.services.photos.get(device)
    tag = f'"{found.revision}-{query.size}"'
    headers = {
        "ETag": tag,
        "Cache-Control": _FOR_GOOD if query.revision == found.revision else _ASK,
        "Content-Security-Policy": _POLICY,
    }
    if _is_known(tag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if query.size == "small":
        body = await context.services.photos.small(found)
        return Response(body, media_type=picture.SMALL_TYPE, headers=headers)
    return Response(found.body, media_type=picture.type_of(found.body), headers=headers)


@router.put(
    "/devices/{device}/photo",
    summary="Bring a photo of a machine",
    responses=answers(schema.Registry, examples.REGISTRY, 404, 413, 415),
    openapi_extra=_BODY,
)
async def put_photo(
    device: DeviceName, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    r"""A picture of at most 2 MB and 25 million pixels takes the place of the one there was.

    What a camera wrote into it, such as the place, is not kept: such a picture is drawn anew,
    upright; another is kept as it comes. It goes with its machine: it is removed with it, and
    where another goes on under the name it stays that of the earlier life.

    ```sh
    curl -s -X PUT 'http://127.0.0.1:8000/devices/fan-01/photo?by=Sam' \
      -H 'Content-Type: image/jpeg' --data-binary @fan-01.jpg
    ```
    """
    body = await request.body()
    await context.services.photos.put(device, body)
    detail = f"{device}: a photo of {len(body)} bytes"
    enter(context, request, What.PHOTO_CHANGED, by=query.by, detail=detail)
    return await registry_told(device, context)


@router.delete(
    "/devices/{device}/photo",
    summary="Remove the photo of a machine",
    responses=answers(schema.Registry, examples.REGISTRY | {"photo": None}, 404),
)
async def take_photo(
    device: DeviceName, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    """It is deleted, and kept nowhere.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/devices/fan-01/photo?by=Sam'
    ```
    """
    context.services.photos.take(device)
    detail = f"{device}: its photo was removed"
    enter(context, request, What.PHOTO_CHANGED, by=query.by, detail=detail)
    return await registry_told(device, context)


def _is_known(tag: str, known: str) -> bool:
    return tag in [each.strip().removeprefix("W/") for each in known.split(",")]
