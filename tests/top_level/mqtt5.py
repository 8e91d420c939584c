"""An MQTT 5 client that says in words what the broker answered."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from gateway.accounts.credentials import Credential

HOST = "127.0.0.1"
WITHIN_S = 120.0


class Party:
    """One connection. ``heard`` is what arrived, as (topic, payload)."""

    def __init__(
        self,
        port: int,
        credential: Credential | None,
        *,
        client_id: str = "",
        will: tuple[str, bytes] | None = None,
        socket_path: str = "",
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answer = ""
        self.lost = threading.Event()
        self._answers: dict[int, str] = {}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            transport="unix" if socket_path else "tcp",
        )
        if credential is not None:
            self._client.username_pw_set(credential.username, credential.password)
        if will is not None:
            self._client.will_set(*will, qos=1)
        self._client.on_connect = lambda _c, _u, _f, code, _p: setattr(self, "answer", str(code))
        self._client.on_disconnect = lambda *_: self.lost.set()
        self._client.on_message = lambda _c, _u, m: self.heard.append((m.topic, bytes(m.payload)))
        self._client.on_publish = lambda _c, _u, mid, code, _p: self._note(mid, code)
        self._client.on_subscribe = lambda _c, _u, mid, codes, _p: self._note(mid, codes[0])
        self._client.connect(socket_path or HOST, port or 1)
        self._client.loop_start()
        until(lambda: self.answer, "the broker answers")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()  # its own pair of sockets, which paho leaves to __del__

    @property
    def let_in(self) -> bool:
        return self.answer == "Success"

    def _note(self, mid: int, code: Any) -> None:
        self._answers[mid] = str(code)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        """Publish with QoS 1; returns the broker's word, or ``lost`` when it hangs up instead."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        until(lambda: sent.mid in self._answers or self.lost.is_set(), "an answer")
        return self._answers.get(sent.mid, "lost")

    def subscribe(self, topic: str) -> str:
        _code, mid = self._client.subscribe(topic, qos=1)
        assert mid is not None
        until(lambda: mid in self._answers, "an answer")
        return self._answers[mid]

    def hears(self, topic: str, payload: bytes) -> None:
        """Wait for this message."""
        until(lambda: (topic, payload) in self.heard, f"{payload!r} on {topic}")


def until(true: Callable[[], object], what: str) -> None:
    """Wait; the limit is for a broken program, not a measure of a slow machine."""
    deadline_s = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline_s, f"it never came: {what}"
        time.sleep(0.01)
