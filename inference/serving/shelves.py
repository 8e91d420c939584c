"""Which models judge, which did before and can be put back: what is on the shelves."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Query, Response

from contract import assets
from contract.errors import NotFound
from inference.classifier.shelf import on_shelf
from inference.errors import UnknownAsset
from inference.serving.schema import Problem

_ENCODER = msgspec.json.Encoder()


def install(app: FastAPI, models_dir: Path) -> None:
    """Add the path to ``app``."""

    @app.get("/models", tags=["service"], responses={404: {"model": Problem}})
    async def models(asset: Annotated[str | None, Query(max_length=64)] = None) -> Response:
        """Of each type, or of one: the model that judges, those kept from before, one that waits.

        Each with when it was trained and of what, its macro-F1, how many verdicts it learned from,
        since when it judges and why, and what the backtest said. `python -m inference put-back`
        lets a former one judge again.
        """
        names = [_known(asset)] if asset is not None else [*assets.CATALOGUE]
        found = {name: on_shelf(models_dir / name, asset=name) for name in names}
        body: dict[str, Any] = {"models": {name: some for name, some in found.items() if some}}
        return Response(_ENCODER.encode(body), media_type="application/json")


def _known(name: str) -> str:
    try:
        return assets.get(name).name
    except NotFound as error:
        raise UnknownAsset(str(error)) from None
