"""Waits at the broker for a board's first sign of life: a birth with an epoch not seen before."""

import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Self

from firmware.address import Address
from firmware.errors import NoBirth

if TYPE_CHECKING:
    import paho.mqtt.client as paho

_CONNECT_S = 10.0
_RETAINED_S = 1.0


class Watch:
    """A subscription to one board's birth, begun before the board is started.

    Raises:
        NoBirth: on entry, when the broker is not there or refuses; the text says which.
    """

    def __init__(self, address: Address, *, topic: str) -> None:
        self._address = address
        self._topic = topic
        self._changed = threading.Condition()
        self._refusal = ""
        self._subscribed = False
        self._birth: dict[str, Any] = {}
        self._known = ""
        self._client = address.client("flash")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        address = self._address
        try:
            socket.create_connection((address.host, address.port), _CONNECT_S).close()
            address.connect(self._client)
        except ssl.SSLError as error:
            raise NoBirth(
                f"The broker at {address} is not the one that broker.ca vouches for: {error}. "
                "broker.host must be as its certificate names it."
            ) from None
        except (OSError, UnicodeError) as error:  # a name may be none that can be looked up
            raise NoBirth(
                f"No broker answers at {address}: {error}. Is `make up` running, and with "
                "EDGETWIN_HOST set to this machine's address?"
            ) from None
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._subscribed or self._refusal, _CONNECT_S)
        if not self._subscribed:
            self._stop()
            raise NoBirth(f"The broker at {address} refused: {self._refusal or 'no answer'}.")
        with self._changed:  # what the board said in an earlier life comes at once
            self._changed.wait_for(lambda: self._birth, _RETAINED_S)
            self._known = self._birth.get("epoch", "")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def news(self, timeout_s: float) -> dict[str, Any] | None:
        """The board's new birth, or None if it has not come by then."""
        with self._changed:
            self._changed.wait_for(self._is_news, timeout_s)
            return self._birth if self._is_news() else None

    def _is_news(self) -> bool:
        return bool(self._birth.get("epoch", "") != self._known)

    # ------------------------------------------------------------- paho's thread

    def _on_connect(self, client: "paho.Client", *arguments: Any) -> None:
        reason = arguments[2]
        if not reason.is_failure:
            client.subscribe(self._topic, 1)
            return
        with self._changed:
            self._refusal = str(reason)
            self._changed.notify_all()

    def _on_subscribe(self, *arguments: Any) -> None:
        reasons = arguments[3]
        with self._changed:
            if any(reason.is_failure for reason in reasons):
                self._refusal = f"this user may not read {self._topic}"
            else:
                self._subscribed = True
            self._changed.notify_all()

    def _on_message(
        self, _client: "paho.Client", _userdata: Any, message: "paho.MQTTMessage"
    ) -> None:
        try:
            birth = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(birth, dict):
            with self._changed:
                self._birth = birth
                self._changed.notify_all()
