"""What an operator may set of Kafka: where it is, and what lets the gateway in."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from contract.access import is_loopback
from contract.setting_types import Servers, Text


class Kafka(BaseModel):
    """Kafka (optional, docs/kafka.md)."""

    kafka_bootstrap_servers: Servers = Field(
        default="",
        description="Where it is: host:port, or several with commas between. Empty: there is none.",
    )
    kafka_topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,200}$")] = Field(
        default="",
        description="Stands before the name of each topic (sensor-data, anomalies, alerts).",
    )
    kafka_partitions: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=6,
        description="Of topics that are missing and so are made: up to so many consumers of one"
        " group share the machines.",
    )
    kafka_tls: Literal["0", "1"] = Field(
        default="0", description="1 encrypts, and checks the servers' certificates."
    )
    kafka_ca_file: Text = Field(
        default="",
        description="Certificates (PEM) of who signs the servers'. Empty: of whom this"
        " machine trusts.",
    )
    kafka_username: Text = Field(default="", description="A login by SASL. Empty: none.")
    kafka_password: Text = Field(default="", description="Of that login.")
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        default="SCRAM-SHA-512",
        description="How it logs in: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN.",
    )

    @model_validator(mode="after")
    def _login_is_whole_and_safe(self) -> Self:
        if bool(self.kafka_username) != bool(self.kafka_password):
            raise ValueError(
                "EDGETWIN_KAFKA_USERNAME and EDGETWIN_KAFKA_PASSWORD go together: set both or none"
            )
        is_here = all(map(is_loopback, _hosts(self.kafka_bootstrap_servers)))
        if self.kafka_password and self.kafka_tls == "0" and not is_here:
            raise ValueError(
                "EDGETWIN_KAFKA_TLS must be 1 where the gateway logs in over a network: without it"
                " whoever listens there learns enough to get in"
            )
        return self


def _hosts(servers: str) -> list[str]:
    pairs = servers.split(",") if servers else []
    return [pair.strip().rpartition(":")[0].strip("[]") for pair in pairs]
