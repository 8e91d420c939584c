"""What an operator may set: ``EDGETWIN_*`` from the environment or ``.env``, checked at start.

Each variable stands here once, with its default and what it means; ``.env.example`` and the table
of docs/architecture.md are printed from it (``python -m scripts.settings_page``). A process takes
the groups it needs.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.access import check_open_host, is_loopback, url_of
from contract.assets.words import (
    ELECTRICITY_PRICE,
    GRID_CO2,
    MOST_CO2_PER_KWH,
    MOST_PRICE_PER_KWH,
)
from contract.errors import Misconfigured
from contract.kafka_settings import Kafka
from contract.machine_zone import machine_zone
from contract.setting_types import (
    Address,
    AtLeastOne,
    Days,
    Limit,
    Name,
    NotNegative,
    Port,
    Positive,
    Rate,
    Size,
    Text,
    Zone,
)
from contract.site_time import SiteTime

PREFIX: Final = "EDGETWIN_"
JOURNAL: Final = "journal.db"  # below the data directory
SHIFTS: Final = "shifts.toml"  # there as well; or the same as a calendar, shifts.ics


class Reach(BaseModel):
    """Who may reach it."""

    host: str = Field(
        default="127.0.0.1",
        description="The address every server binds and peers are reached at. 127.0.0.1 lets in"
        " this machine only. For boards on your network name this machine's address (or 0.0.0.0);"
        " then the token below must be set too.",
    )
    api_token: Text = Field(
        default="",
        description="Bearer token of gateway and inference, and the dashboard's password (with any"
        " user name). Once set it is wanted on loopback too. Empty: none is asked for, which is"
        " allowed on loopback only; elsewhere it must hold 128 bits as far as can be told (32 hex"
        " digits or 22 of base64; no repetition). A good one: openssl rand -hex 32",
    )
    broker_username: Text = Field(
        default="",
        description="Boards need nothing here: `python -m gateway device add ID` gives each a login"
        " of its own, and `make up` makes those of its own processes. This one is yours: the broker"
        " of `make up` lets it read and write everything below edgetwin/, one connection at a time."
        " With a broker that `make up` does not run, it is what gateway and emulator log in with"
        " when you start them by hand.",
    )
    broker_password: Text = Field(default="", description="Of that login.")


class Place(BaseModel):
    """Where."""

    site: Name = Field(
        default="workshop",
        description="The third part of every topic: `edgetwin/v1/<site>/<device>/<kind>`.",
    )
    time_zone: Zone = Field(
        default="",
        description="The time zone of days, weeks, months and shifts, and of every time the"
        " dashboard shows: a name of the IANA database such as Europe/London. Empty: this machine's"
        " own, or UTC where it does not tell.",
    )
    data_dir: Path = Field(
        default=Path("var"),
        description="Journal, models, device spools, logs, broker's data. Relative paths start at"
        " the project's directory.",
    )
    broker_port: Port = Field(default=1883, description="Mosquitto's.")
    gateway_port: Port = Field(default=8000, description="The gateway's REST API, with /docs.")
    inference_port: Port = Field(default=8001, description="The inference service's, with /docs.")
    dashboard_port: Port = Field(default=1880, description="Node-RED's.")
    editor: Literal["0", "1"] = Field(
        default="0",
        description="1 serves Node-RED's flow editor at /editor, without a password of its own: on"
        " loopback only.",
    )

    @cached_property
    def site_time(self) -> SiteTime:
        """The clock on the site's wall; the machine's where the settings name none."""
        return SiteTime(self.time_zone) if self.time_zone else machine_zone()

    @field_validator("data_dir")
    @classmethod
    def _of_the_user(cls, path: Path) -> Path:
        return path.expanduser()


class Gateway(BaseModel):
    """The gateway."""

    retention_days: Days = Field(
        default=7.0,
        description="How long readings stay in the journal. What comes later than that, as it had"
        " waited on its board, is taken all the same while readings are archived, as far back as"
        " minutes and files are kept (less a day); else it is refused.",
    )
    minute_days: Days = Field(
        default=365.0,
        description="How long the sums of each minute stay, at least as long as readings: some"
        " 1.3 MB a machine and day, 0.5 GB a year. Those of quarter hours, hours and days stay for"
        " good.",
    )
    former_days: Limit = Field(
        default=None,
        description="How long it stays what minutes were before something changed them (late"
        " readings, say): so far back an answer can be as it was known then. Empty: as long as"
        " minutes.",
    )
    alarm_days: Days = Field(
        default=400.0,
        description="How long alarms stay that were cleared, and the stretches of each diagnosis,"
        " at least as long as readings: some 400 bytes each, and at most 128 MiB of the readings"
        " around alarms.",
    )
    archive: Literal["0", "1"] = Field(
        default="1",
        description="1: readings older than that go to files, one a machine and UTC day, below"
        " archive/ in the data directory; they are read as if they were still in the journal. 0:"
        " they are deleted.",
    )
    archive_days: Limit = Field(
        default=None,
        description="How long these files stay: some 4 MB a machine and day at 5 Hz. Empty: for"
        " good.",
    )
    disk_budget_gb: Size = Field(
        default=None,
        description="What journal and archive may take together, in GB. An alarm comes at nine"
        " tenths; when it is reached, the oldest archived days go. Empty: all there is.",
    )
    max_devices: Annotated[int, Field(gt=0)] = Field(
        default=20_000,
        description="More device ids than this are refused (quarantine: too_many_devices).",
    )
    clock_alarm_s: Positive = Field(
        default=30.0,
        description="How many seconds a board's clock may be off before an alarm says so.",
    )
    board_readings_per_s: AtLeastOne = Field(
        default=200.0,
        description="What one board may send. A board that was cut off for a day passes at full"
        " speed: 75 minutes of readings may come at once. What is more is refused by name"
        " (over_budget), raises an alarm of the board and is sent again by it.",
    )
    board_mb_a_day: AtLeastOne = Field(
        default=2_000.0, description="The same in bytes: an eighth of a day's may come at once."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR."
    )


class Prices(BaseModel):
    """What energy costs."""

    grid_co2_kg_per_kwh: NotNegative = Field(
        default=GRID_CO2.value,
        le=MOST_CO2_PER_KWH,
        description="What a kWh emits, in kg CO2e, until somebody dates another value. The default"
        " is the catalogue's, with its source (contract/assets/words.py).",
    )
    price_per_kwh: NotNegative = Field(
        default=ELECTRICITY_PRICE.value,
        le=MOST_PRICE_PER_KWH,
        description="What a kWh costs, in the currency below; likewise.",
    )
    currency: Text = Field(default="GBP", description="Of the price, and of every cost.")
    pseudonyms: Literal["0", "1"] = Field(
        default="1",
        description="1: whoever a label names that is personal (an instrument's operator) is stored"
        " and shown under a pseudonym, the same on all machines and for good. 0: by name.",
    )


class InfluxDB(BaseModel):
    """InfluxDB (optional)."""

    influxdb_url: Address = Field(
        default="",
        description="A server of your own. Empty: the one that `make influx` built, if it did; else"
        " none.",
    )
    influxdb_token: Text = Field(default="", description="What the gateway writes there with.")
    influxdb_org: Annotated[Text, Field(min_length=1)] = Field(
        default="edgetwin", description="The organisation there."
    )
    influxdb_bucket: Annotated[Text, Field(min_length=1)] = Field(
        default="edgetwin", description="Where readings go; the other buckets are named after it."
    )
    influxdb_admin_token: Text = Field(
        default="",
        description="Read by `python -m influx setup` alone, to make buckets and tokens on a server"
        " of your own; never stored.",
    )
    influxdb_port: Port = Field(
        default=8086, description="Of the InfluxDB that `make influx` built."
    )


class Fleet(BaseModel):
    """Virtual devices."""

    fleet: str = Field(
        default="fan:2,dispenser:2,instrument:2,machine_tool:2,pump:2",
        description="Types of machines and how many of each; none starts none, for who has boards.",
    )
    rate_hz: Rate = Field(
        default=None,
        description="Readings a second, of each: 1/3600 (one an hour) to 100. Empty: as the type of"
        " machine has it (a fan: 5).",
    )
    faults: str = Field(
        default="random",
        description="random (somewhere about every two minutes), none, or NAME@SECONDS (as"
        " overcurrent@30).",
    )
    seed: int = Field(default=1, description="The same seed makes the same machines.")


GROUPS: Final[tuple[type[BaseModel], ...]] = (Reach, Place, Gateway, Prices, InfluxDB, Kafka, Fleet)


class Process(BaseSettings):
    """What reads its groups from the environment, then from ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )


class Settings(Reach, Place, Gateway, Prices, InfluxDB, Kafka, Process):
    """Those of the gateway."""

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        check_open_host(self.host, api_token=self.api_token)
        return self

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def retention_ms(self) -> int:
        return int(self.retention_days * 86_400_000)

    @property
    def minutes_ms(self) -> int:
        """How long the sums of minutes are kept."""
        return max(self.retention_ms, int(self.minute_days * 86_400_000))

    @property
    def formers_ms(self) -> int:
        """How long it is kept what minutes were before they were changed."""
        return self.minutes_ms if self.former_days is None else int(self.former_days * 86_400_000)

    @property
    def alarms_ms(self) -> int:
        """How long cleared alarms are kept."""
        return max(self.retention_ms, int(self.alarm_days * 86_400_000))

    @property
    def archive_ms(self) -> int | None:
        """How long files of readings are kept; None: for good."""
        return None if self.archive_days is None else int(self.archive_days * 86_400_000)

    @property
    def past_ms(self) -> int | None:
        """How far back readings are taken that have waited; None: no further than ``retention``.

        A day less than minutes and files are kept: none of them goes while it is written anew.
        """
        files_ms = self.minutes_ms if self.archive_ms is None else self.archive_ms
        kept_ms = min(self.minutes_ms, files_ms) - 86_400_000
        return kept_ms if self.archive == "1" and kept_ms > self.retention_ms else None

    @property
    def disk_budget_bytes(self) -> int | None:
        """What journal and archive may take; None: all there is."""
        return None if self.disk_budget_gb is None else int(self.disk_budget_gb * 1e9)

    @cached_property
    def journal_path(self) -> Path:
        return self.data_dir / JOURNAL

    @property
    def shifts_path(self) -> Path:
        return self.data_dir / SHIFTS

    @property
    def inference_url(self) -> str:
        return url_of(self.host, self.inference_port)


def load() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: one is wrong; the text names each variable and what is wrong with it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured("; ".join(sentences(error))) from error


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def sentences(error: ValidationError) -> list[str]:
    """What is wrong, each with the name of its variable."""
    return [
        "".join(f"{variable(str(part))}: " for part in each["loc"][:1])
        + each["msg"].removeprefix("Value error, ")
        for each in error.errors(include_url=False, include_context=False)
    ]
