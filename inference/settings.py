"""Settings of the inference service: environment variables and ``.env``, checked at start."""

from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.access import check_open_host


class Settings(BaseSettings):
    """``EDGETWIN_*`` as documented in ``.env.example``; every one has a default."""

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    host: str = "127.0.0.1"
    inference_port: int = Field(default=8001, ge=1, le=65535)
    data_dir: Path = Path("var")
    api_token: str = ""

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        check_open_host(self.host, api_token=self.api_token)
        return self

    @cached_property
    def models_dir(self) -> Path:
        """Where each asset type's model directory lies."""
        return self.data_dir / "models"
