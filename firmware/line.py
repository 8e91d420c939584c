"""A line to one device through the broker: what it says comes in order, with time limits."""

import json
import queue
import secrets
import ssl
import time
from typing import TYPE_CHECKING, Any, Self

from firmware.address import Address
from firmware.errors import UpdateError

if TYPE_CHECKING:
    import paho.mqtt.client as paho

_KINDS = ("birth", "status", "result", "fetch")
_CONNECT_S = 10.0
_QOS = 1
_NO_LOGIN = (
    " It was asked without a login: none is in EDGETWIN_BROKER_USERNAME, and the data directory "
    "(--data-dir) has none from `make up`."
)


class Line:
    """Births, statuses, results and fetches of ``device``; commands and chunks to it.

    Raises:
        UpdateError: on entry, when the broker is not there or refuses; the text says which.
    """

    def __init__(self, address: Address, *, site: str, device: str) -> None:
        self._address = address
        self._prefix = f"edgetwin/v1/{site}/{device}/"
        self._arrived: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._problem: queue.Queue[str] = queue.Queue()
        self._client = address.client("update")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 2)

    def __enter__(self) -> Self:
        address = self._address
        try:
            address.connect(self._client)
        except ssl.SSLError as error:
            raise UpdateError(f"The broker at {address} cannot be trusted: {error}") from None
        except (OSError, UnicodeError) as error:  # a name may be none that can be looked up
            raise UpdateError(
                f"No broker answers at {address}: {error}. Is `make up` running?"
            ) from None
        self._client.loop_start()
        try:
            problem = self._problem.get(timeout=_CONNECT_S)
        except queue.Empty:
            problem = f"no answer within {_CONNECT_S:g} s"
        if problem:
            self.__exit__()
            login = "" if address.username else _NO_LOGIN
            raise UpdateError(f"The broker at {address} refused: {problem}.{login}")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._problem.put(str(reason).lower())
        else:
            client.subscribe([(self._prefix + kind, _QOS) for kind in _KINDS])

    def _on_subscribe(self, _client: Any, _data: Any, _id: Any, reasons: Any, _more: Any) -> None:
        refused = any(reason.is_failure for reason in reasons)
        self._problem.put("this login may not listen to the device" if refused else "")

    def _on_message(self, _client: Any, _data: Any, message: "paho.MQTTMessage") -> None:
        kind = message.topic.removeprefix(self._prefix)
        text = bytes(message.payload)
        if kind == "status":
            self._arrived.put((kind, text.decode(errors="replace")))
            return
        try:
            content = json.loads(text)
        except ValueError:
            return  # nobody's birth, result or fetch
        if isinstance(content, dict):
            self._arrived.put((kind, content))

    def receive(self, *, within_s: float) -> tuple[str, Any] | None:
        """Kind and content of what comes next: a text for a status, else an object."""
        try:
            return self._arrived.get(timeout=max(0.0, within_s))
        except queue.Empty:
            return None

    def command(self, name: str, args: dict[str, Any], *, within_s: float) -> str:
        """Order ``name`` and return the id that the result will have."""
        number = secrets.token_hex(8)
        expires_ms = (time.time_ns() // 1_000_000) + int(within_s * 1000)
        order = {"id": number, "name": name, "args": args, "expires_ms": expires_ms}
        self.send("command", json.dumps(order).encode())
        return number

    def send(self, kind: str, payload: bytes) -> None:
        self._client.publish(self._prefix + kind, payload, _QOS)
