"""The ``EDGETWIN_*`` settings that concern InfluxDB, from the environment or ``.env``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class InfluxSettings(BaseSettings):
    """Names, defaults and meaning are in docs/architecture.md §2.

    ``influxdb_admin_token`` is an operator's token of a server that somebody else set up; only
    ``python -m influx setup`` reads it, and never stores it.
    """

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
    )

    host: str = "127.0.0.1"
    data_dir: Path = Path("var")
    influxdb_url: str = ""
    influxdb_port: Annotated[int, Field(ge=1, le=65535)] = 8086
    influxdb_org: Annotated[str, Field(min_length=1)] = "edgetwin"
    influxdb_bucket: Annotated[str, Field(min_length=1)] = "edgetwin"
    influxdb_admin_token: str = ""

    @property
    def url(self) -> str:
        """The server named in ``.env``, else the one that ``make influx`` built."""
        return self.influxdb_url or f"http://{self.host}:{self.influxdb_port}"


def load() -> InfluxSettings:
    return InfluxSettings()
