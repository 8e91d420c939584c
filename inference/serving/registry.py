"""The models that are served: loaded when first asked for, and again when trained anew."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from contract import assets
from contract.errors import NotFound
from inference.classifier.manifest import MANIFEST, Manifest
from inference.classifier.model import Model, load
from inference.errors import InTraining, ModelUnusable, UnknownAsset

# Changes whenever the manifest is replaced, which is the last step of a training.
Stamp = tuple[int, int]


class Trainer(Protocol):
    """Who trains beside the service what has no model."""

    def put_first(self, name: str, /) -> None: ...
    def progress(self, name: str, /) -> str | None: ...


class Registry:
    """Models below ``directory``, one subdirectory an asset type."""

    def __init__(
        self,
        directory: Path,
        *,
        follow_types: Callable[[], object] = lambda: None,
        trainer: Trainer | None = None,
    ) -> None:
        """``follow_types``: lets the catalogue know of types that came since it was read."""
        self._directory = directory
        self._follow_types = follow_types
        self._trainer = trainer
        self._loaded: dict[str, tuple[Stamp | None, Model]] = {}

    def model(self, name: str) -> Model:
        """The newest model of asset type ``name``; a training that just ended is picked up.

        One that is still to be trained is trained next.

        Raises:
            UnknownAsset: the catalogue has no such type.
            ModelUnusable: it has no model, or one that must not be loaded.
        """
        try:
            return self._newest(name)
        except ModelUnusable:
            if self._trainer is not None:
                self._trainer.put_first(name)
            raise

    def _newest(self, name: str) -> Model:
        stamp = self._stamp(name)
        loaded = self._loaded.get(name)
        if loaded is not None and loaded[0] == stamp:
            return loaded[1]
        model = self._load(name)
        self._loaded[name] = (stamp, model)
        return model

    def states(self) -> dict[str, Manifest | ModelUnusable]:
        """What the model is of every asset type in the catalogue, or why there is none."""
        return {name: self._state(name) for name in assets.CATALOGUE}

    def _state(self, name: str) -> Manifest | ModelUnusable:
        try:
            return self._newest(name).manifest
        except ModelUnusable as error:
            return error

    def _load(self, name: str) -> Model:
        if name not in assets.CATALOGUE:
            self._follow_types()
        try:
            asset = assets.get(name)
        except NotFound as error:
            raise UnknownAsset(str(error)) from None
        try:
            return load(self._directory / name, asset=asset)
        except ModelUnusable:
            progress = self._trainer.progress(name) if self._trainer is not None else None
            if progress is None:
                raise
            raise InTraining(progress) from None

    def _stamp(self, name: str) -> Stamp | None:
        if name not in assets.CATALOGUE:
            return None
        try:
            state = os.stat(f"{self._directory}/{name}/{MANIFEST}")  # noqa: PTH116 - each request asks
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino
