"""Where the broker is, and as whom this machine speaks there."""

import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.errors import INSTALL, ToolError

if TYPE_CHECKING:  # an optional library: `--help` must work without it
    import paho.mqtt.client as paho

_KEEPALIVE_S = 15


@dataclass(frozen=True, kw_only=True)
class Address:
    """``ca`` is a PEM file or empty. With ``local``, a Unix socket, this machine needs no login."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    ca: str = ""
    local: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def client(self, purpose: str) -> "paho.Client":
        """A client with a name of its own, not connected yet.

        Raises:
            ToolError: paho-mqtt is missing.
        """
        try:
            import paho.mqtt.client as paho  # noqa: PLC0415 - see above
            from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
        except ImportError:
            raise ToolError(INSTALL) from None
        return paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"edgetwin-{purpose}-{secrets.token_hex(4)}",
            transport="tcp" if self.local is None else "unix",
        )

    def connect(self, client: "paho.Client") -> None:
        """Connect what ``client`` made.

        Raises:
            OSError: nobody answers, or ``ca`` is no certificate; a refusal comes in on_connect.
        """
        if self.local is not None:
            client.connect(str(self.local), self.port, _KEEPALIVE_S)
            return
        if self.username:
            client.username_pw_set(self.username, self.password or None)
        if self.ca:
            client.tls_set(ca_certs=self.ca, cert_reqs=ssl.CERT_REQUIRED)
        client.connect(self.host, self.port, _KEEPALIVE_S)
