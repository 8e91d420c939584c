"""The settings of one installation: `.env` and the environment, checked before anything starts."""

import difflib
import ipaddress
import os
import socket
from pathlib import Path
from typing import Any, Final, Self

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ConfigDict, ValidationError, field_validator, model_validator

from contract import access
from contract.kafka_settings import Kafka
from contract.setting_types import checked_name
from contract.settings import PREFIX, Fleet, Gateway, InfluxDB, Place, Prices, Reach, variable
from firmware.emulator.faults import parse_plan
from firmware.emulator.kinds import Kind, parse_fleet
from firmware.emulator.options import known_faults

ROOT: Final = Path(__file__).resolve().parent.parent
# sockaddr_un holds 108 bytes; the longest name we put below the data directory is this one,
# with the suffix of its own making that supervisord adds before it renames the socket.
_SOCKET: Final = "run/supervisor.sock"
_SOCKET_PATH_BYTES: Final = 107 - len(".1234567")

name: Final = variable  # of a field


class SettingsError(Exception):
    """A setting is wrong; the text names it and says what it may be."""


def _resolvable(host: str) -> str:
    try:
        socket.getaddrinfo(host, None)
    except (OSError, ValueError):
        raise ValueError("is no address or host name of this machine") from None
    return host


class Settings(Reach, Place, Gateway, Prices, InfluxDB, Kafka, Fleet):
    """Every variable there is, and what an installation on this machine needs of them."""

    model_config = ConfigDict(frozen=True)

    @field_validator("host")
    @classmethod
    def _of_this_machine(cls, host: str) -> str:
        return _resolvable(host)

    @field_validator("broker_username")
    @classmethod
    def _as_a_login(cls, text: str) -> str:
        return checked_name(text) if text else text

    @field_validator("fleet")
    @classmethod
    def _of_known_types(cls, text: str) -> str:
        parse_fleet(text)
        return text

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The emulated machines."""
        return parse_fleet(self.fleet)

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def socket_path(self) -> Path:
        return self.data_dir / _SOCKET

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach the servers."""
        found = socket.getaddrinfo(self.host, None, type=socket.SOCK_STREAM)
        return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)

    @property
    def ports(self) -> dict[str, int]:
        """Process name -> the port it binds, in the order of start."""
        return {
            "broker": self.broker_port,
            "influxdb": self.influxdb_port,
            "inference": self.inference_port,
            "gateway": self.gateway_port,
            "dashboard": self.dashboard_port,
        }

    @model_validator(mode="after")
    def _faults_of_the_fleet(self) -> Self:
        try:
            parse_plan(self.faults, known=known_faults(self.kinds))
        except ValueError as error:
            raise ValueError(f"{name('faults')}={self.faults}: {error}") from None
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        owner: dict[int, str] = {}
        for process, port in self.ports.items():
            if port in owner:
                names = f"{port_variable(owner[port])} and {port_variable(process)}"
                raise ValueError(f"{names} are both {port}: each server needs a port of its own")
            owner[port] = process
        return self

    @model_validator(mode="after")
    def _nothing_open_to_the_network(self) -> Self:
        if self.loopback:
            return self
        if not self.api_token:
            raise ValueError(
                f"{name('host')}={self.host} lets other machines in, so {name('api_token')} must "
                f"be set as well: {access.MAKE_ONE} (or keep {name('host')}=127.0.0.1)"
            )
        if flaw := access.weakness(self.api_token):
            raise ValueError(
                f"{name('host')}={self.host} lets other machines in, and {name('api_token')} "
                f"{flaw}: {access.MAKE_ONE} (or keep {name('host')}=127.0.0.1)"
            )
        return self

    @model_validator(mode="after")
    def _no_open_editor(self) -> Self:
        if self.editor == "1" and not self.loopback:
            raise ValueError(
                f"{name('editor')}=1 serves Node-RED's editor without a password, so "
                f"{name('host')} must be 127.0.0.1 while it is set"
            )
        return self

    @model_validator(mode="after")
    def _broker_wants_both(self) -> Self:
        if bool(self.broker_username) != bool(self.broker_password):
            raise ValueError(
                f"{name('broker_username')} and {name('broker_password')} go together: "
                "set both or none"
            )
        return self

    @model_validator(mode="after")
    def _socket_fits(self) -> Self:
        if not str(self.data_dir).isprintable():
            raise ValueError(f"{name('data_dir')} must be printable letters in one line")
        too_long = len(os.fsencode(self.socket_path)) - _SOCKET_PATH_BYTES
        if too_long > 0:
            raise ValueError(
                f"{name('data_dir')}={self.data_dir} is too long by {too_long} letters for the "
                "Unix socket below it: choose a shorter path"
            )
        return self

    def environment(self) -> dict[str, str]:
        """What the processes are given: every setting that has a value."""
        fields = self.model_dump(exclude_none=True)
        return {name(field): str(value) for field, value in fields.items() if value != ""}


def port_variable(process: str) -> str:
    """The setting that holds a process's port."""
    return name(f"{process}_port")


def load(*, env_file: Path = ROOT / ".env", environ: dict[str, str] | None = None) -> Settings:
    """Settings from the environment, then from ``env_file``, then the defaults.

    Relative data directories are below the project's root, wherever the command was started.

    Raises:
        SettingsError: a value is wrong, or ``env_file`` has a line that cannot be read or sets
            something that is no setting.
    """
    _refuse_unreadable(env_file)
    written = {key: value or "" for key, value in dotenv_values(env_file).items()}
    _refuse_unknown(written, env_file)
    merged = written | dict(os.environ if environ is None else environ)
    given: dict[str, Any] = {
        field: merged[name(field)] for field in Settings.model_fields if merged.get(name(field))
    }
    given["data_dir"] = ROOT / Path(given.get("data_dir", "var")).expanduser()
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(error))) from None


def _refuse_unreadable(env_file: Path) -> None:
    if not env_file.exists():
        return
    with env_file.open(encoding="utf-8") as file:
        for line in parse_stream(file):
            if line.error:
                raise SettingsError(
                    f"Line {line.original.line} of {env_file} is no NAME=value: "
                    f"{line.original.string.strip().split('=')[0]}. Is a quote left open?"
                )


def _refuse_unknown(written: dict[str, str], env_file: Path) -> None:
    known = {name(field) for field in Settings.model_fields}
    for key in written:
        if key.startswith(PREFIX) and key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else " .env.example lists them all."
            raise SettingsError(f"{key} in {env_file} is no setting of edgetwin.{hint}")


def _sentences(error: ValidationError) -> list[str]:
    """One line for each thing that is wrong, beginning with the variable's name."""
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        text = item["msg"].removeprefix("Value error, ")
        if not item["loc"]:
            lines.append(text)
            continue
        field = str(item["loc"][0])
        shown = "" if "password" in field or "token" in field else f"={item['input']}"
        lines.append(f"{name(field)}{shown}: {text[0].lower()}{text[1:]}")
    return lines
