"""What an operator may set: ``EDGETWIN_*`` from the environment or ``.env``, checked at start."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.access import check_open_host, is_loopback
from contract.assets.words import ELECTRICITY_PRICE, GRID_CO2
from contract.errors import Misconfigured
from contract.machine_zone import machine_zone
from contract.site_time import SiteTime
from contract.topics import NAME_PATTERN

JOURNAL: Final = "journal.db"  # below the data directory
SHIFTS: Final = "shifts.toml"  # there as well
LONGEST_RETENTION_DAYS: Final = 36_500.0

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """All settings of the gateway; names, defaults and meaning are in docs/architecture.md §2."""

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
    )

    site: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")] = "workshop"
    time_zone: str = ""
    host: str = "127.0.0.1"
    data_dir: Path = Path("var")
    broker_port: Port = 1883
    broker_username: str = ""
    broker_password: str = ""
    gateway_port: Port = 8000
    inference_port: Port = 8001
    api_token: str = ""
    retention_days: Annotated[float, Field(gt=0, le=LONGEST_RETENTION_DAYS)] = 7.0
    max_devices: Annotated[int, Field(gt=0)] = 20_000
    clock_alarm_s: Annotated[float, Field(gt=0)] = 30.0
    board_readings_per_s: Annotated[float, Field(ge=1)] = 200.0
    board_mb_a_day: Annotated[float, Field(ge=1)] = 2_000.0
    grid_co2_kg_per_kwh: Annotated[float, Field(ge=0)] = GRID_CO2.value
    price_per_kwh: Annotated[float, Field(ge=0)] = ELECTRICITY_PRICE.value
    currency: str = "GBP"
    influxdb_url: str = ""
    influxdb_token: str = ""
    influxdb_org: str = "edgetwin"
    influxdb_bucket: str = "edgetwin"
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        check_open_host(self.host, api_token=self.api_token)
        return self

    @field_validator("data_dir")
    @classmethod
    def _of_the_user(cls, path: Path) -> Path:
        return path.expanduser()

    @field_validator("time_zone")
    @classmethod
    def _of_the_database(cls, name: str) -> str:
        return SiteTime(name).name if name else name

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def retention_ms(self) -> int:
        return int(self.retention_days * 86_400_000)

    @cached_property
    def journal_path(self) -> Path:
        return self.data_dir / JOURNAL

    @property
    def shifts_path(self) -> Path:
        return self.data_dir / SHIFTS

    @cached_property
    def site_time(self) -> SiteTime:
        """The clock on the site's wall; the machine's where the settings name none."""
        return SiteTime(self.time_zone) if self.time_zone else machine_zone()

    @property
    def inference_url(self) -> str:
        return f"http://{self.host}:{self.inference_port}"


def load() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: one is wrong; the text names each variable and what is wrong with it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured("; ".join(map(_sentence, error.errors()))) from error


def _sentence(problem: object) -> str:
    loc, message = problem["loc"], problem["msg"]  # type: ignore[index]
    name = f"EDGETWIN_{str(loc[0]).upper()}: " if loc else ""
    return f"{name}{message.removeprefix('Value error, ')}"
