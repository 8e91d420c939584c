"""The models that are served: loaded when first asked for, and again when trained anew."""

import os
from collections.abc import Callable
from pathlib import Path

from contract import assets
from contract.errors import NotFound
from inference.classifier.manifest import MANIFEST
from inference.classifier.model import Model, load
from inference.errors import ModelUnusable, UnknownAsset

# Changes whenever the manifest is replaced, which is the last step of a training.
Stamp = tuple[int, int]


class Registry:
    """Models below ``directory``, one subdirectory an asset type."""

    def __init__(
        self, directory: Path, *, follow_types: Callable[[], object] = lambda: None
    ) -> None:
        """``follow_types``: lets the catalogue know of types that came since it was read."""
        self._directory = directory
        self._follow_types = follow_types
        self._loaded: dict[str, tuple[Stamp | None, Model]] = {}

    def model(self, name: str) -> Model:
        """The newest model of asset type ``name``; a training that just ended is picked up.

        Raises:
            UnknownAsset: the catalogue has no such type.
            ModelUnusable: it has no model, or one that must not be loaded.
        """
        stamp = self._stamp(name)
        loaded = self._loaded.get(name)
        if loaded is not None and loaded[0] == stamp:
            return loaded[1]
        model = self._load(name)
        self._loaded[name] = (stamp, model)
        return model

    def states(self) -> dict[str, str | ModelUnusable]:
        """The model of every asset type in the catalogue, or why there is none."""
        return {name: self._state(name) for name in assets.CATALOGUE}

    def _state(self, name: str) -> str | ModelUnusable:
        try:
            return self.model(name).manifest.model
        except ModelUnusable as error:
            return error

    def _load(self, name: str) -> Model:
        if name not in assets.CATALOGUE:
            self._follow_types()
        try:
            asset = assets.get(name)
        except NotFound as error:
            raise UnknownAsset(str(error)) from None
        return load(self._directory / name, asset=asset)

    def _stamp(self, name: str) -> Stamp | None:
        if name not in assets.CATALOGUE:
            return None
        try:
            state = os.stat(f"{self._directory}/{name}/{MANIFEST}")  # noqa: PTH116 - each request asks
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino
