"""What a person asked of ``python -m firmware flash``, and what the environment adds."""

from dataclasses import dataclass
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """Of the settings of docs/architecture.md section 2: what concerns boards."""

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    broker_username: str = ""
    broker_password: str = ""
    dashboard_port: int = 1880
    data_dir: Path = Path("var")


@dataclass(frozen=True, kw_only=True)
class Options:
    """``chip`` is None and ``port`` empty where the board is to be found and asked."""

    port: str
    site: Path
    chip: str | None
    image: str
    image_sha256: str
    program_only: bool
    dry_run: bool
    wait_s: float
