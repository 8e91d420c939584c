"""The settings of docs/architecture.md section 2 that boards and their tools listen to."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from firmware import rate
from firmware.emulator.kinds import DEFAULT_FLEET
from firmware.errors import SettingError


class Environment(BaseSettings):
    """From the environment, then from ``.env``; each has the default it is documented with."""

    model_config = SettingsConfigDict(
        env_prefix="EDGETWIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    site: str = "workshop"
    host: str = "127.0.0.1"
    data_dir: Path = Path("var")
    broker_port: int = 1883
    broker_username: str = ""
    broker_password: str = ""
    dashboard_port: int = 1880
    time_zone: str = ""
    fleet: str = DEFAULT_FLEET
    rate_hz: Annotated[float | None, BeforeValidator(rate.optional)] = None
    faults: str = "random"
    seed: int = 1


def load() -> Environment:
    """The settings of this process.

    Raises:
        SettingError: one is no number where one is wanted; the text names it.
    """
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"EDGETWIN_{str(first['loc'][0]).upper()}"
        raise SettingError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
