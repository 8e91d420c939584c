"""A listener of Kafka that is encrypted and lets in who has a login."""

from pathlib import Path
from typing import ClassVar

from gateway.sinks.kafka.access import Access
from tests.mosquitto import free_port

_SECURITY = "org.apache.kafka.common.security"


class Guarded:
    """``directory`` holds ours.pem, server.pem and server.key."""

    HOST: ClassVar[str] = "localhost"  # as its certificate says
    NAME: ClassVar[str] = "edgetwin"
    PASSWORD: ClassVar[str] = "Sesame"

    def __init__(self, directory: Path) -> None:
        self.servers = f"{self.HOST}:{free_port()}"
        self.ca_file = directory / "ours.pem"
        self._keys = directory / "keys.pem"
        parts = [(directory / name).read_text() for name in ("server.key", "server.pem")]
        self._keys.write_text("".join(parts))

    @property
    def listener(self) -> str:
        return f"GUARDED://{self.servers}"

    @property
    def users(self) -> list[str]:
        return [f"SCRAM-SHA-512=[name={self.NAME},password={self.PASSWORD}]"]

    @property
    def lines(self) -> list[str]:
        """Of the server's settings."""
        plain = f'{_SECURITY}.plain.PlainLoginModule required user_{self.NAME}="{self.PASSWORD}";'
        scram = f"{_SECURITY}.scram.ScramLoginModule required;"
        own = {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "scram-sha-512.sasl.jaas.config": scram,
            "plain.sasl.jaas.config": plain,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._keys,
        }
        protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_SSL"
        return [
            f"listener.security.protocol.map={protocols}",
            *(f"listener.name.guarded.{name}={value}" for name, value in own.items()),
        ]

    def access(self, *, prefix: str, mechanism: str = "SCRAM-SHA-512") -> Access:
        return Access(
            servers=self.servers,
            prefix=prefix,
            tls=True,
            ca_file=str(self.ca_file),
            mechanism=mechanism,
            username=self.NAME,
            password=self.PASSWORD,
        )
