"""Where Kafka is and what lets the gateway in: settings in, librdkafka's configuration out."""

from dataclasses import dataclass
from typing import Final

Configuration = dict[str, str | int | float | bool]

_CLIENT: Final = "edgetwin-gateway"


@dataclass(frozen=True, kw_only=True)
class Access:
    """As in ``.env``; ``servers`` is a list with commas, empty where there is no Kafka.

    Attributes:
        prefix: what the name of each topic begins with.
        partitions: of a topic that the gateway makes.
        tls: what is sent is encrypted; ``ca_file`` says whose certificates count, empty: those of
            authorities that the system trusts.
        username, password: by SASL's ``mechanism``; empty: no login.
    """

    servers: str
    prefix: str = ""
    partitions: int = 6
    tls: bool = False
    ca_file: str = ""
    mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""

    def configuration(self) -> Configuration:
        """What every client of ours is made with."""
        return {
            "bootstrap.servers": self.servers,
            "client.id": _CLIENT,
            "security.protocol": self._protocol(),
            "log_level": 0,  # what matters comes as an error, and is said in our own log
            **self._trust(),
            **self._login(),
        }

    def _protocol(self) -> str:
        transport = "ssl" if self.tls else "plaintext"
        return f"sasl_{transport}" if self.username else transport

    def _trust(self) -> Configuration:
        return {"ssl.ca.location": self.ca_file} if self.tls and self.ca_file else {}

    def _login(self) -> Configuration:
        if not self.username:
            return {}
        return {
            "sasl.mechanism": self.mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
        }
