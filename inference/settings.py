"""Settings of the inference service: environment variables and ``.env``, checked at start."""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """``EDGETWIN_*`` as documented in ``.env.example``; every one has a default."""

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    host: str = "127.0.0.1"
    inference_port: int = Field(default=8001, ge=1, le=65535)
    data_dir: Path = Path("var")

    @cached_property
    def models_dir(self) -> Path:
        """Where each asset type's model directory lies."""
        return self.data_dir / "models"
