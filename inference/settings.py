"""Settings of the inference service: environment variables and ``.env``, checked at start."""

from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import model_validator

from contract.access import check_open_host, url_of
from contract.settings import Place, Prices, Process, Reach


class Settings(Reach, Place, Prices, Process):
    """The parts of ``contract.settings`` that it listens to."""

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        check_open_host(self.host, api_token=self.api_token)
        return self

    @property
    def gateway_url(self) -> str:
        return url_of(self.host, self.gateway_port)

    @cached_property
    def models_dir(self) -> Path:
        """Where each asset type's model directory lies."""
        return self.data_dir / "models"

    @property
    def own_verdicts(self) -> Path | None:
        """What people said of alarms, where it was written here; None: it was not."""
        folder = self.data_dir / "verdicts"
        return folder if folder.is_dir() else None
