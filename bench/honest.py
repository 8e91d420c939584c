"""One honest board at 10 Hz: ``python -m bench.honest``, so that nothing shares its process.

Prints a JSON list: of each reading the seconds from its publication to the ``ack`` that covers it,
and null for one that none has covered in half a minute.
"""

import argparse
import json
import time
from typing import Any, Final

from paho.mqtt.enums import MQTTProtocolVersion

from bench import backlog
from bench.servers import SITE
from contract import topics

_RATE_HZ: Final = 10.0
_WITHIN_S: Final = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    print(json.dumps(measure(port=options.port, seconds=options.seconds)))


def measure(*, port: int, seconds: float) -> list[float | None]:
    """Publish for so many seconds, then wait for the last ack."""
    epoch = f"{time.time_ns() & 0xFFFFFFFF:08x}-1"
    acks: list[tuple[float, int]] = []

    def on_message(_client: Any, _userdata: Any, message: Any) -> None:
        ack = json.loads(message.payload)
        if ack["epoch"] == epoch:
            acks.append((time.monotonic(), ack["seq"]))

    client = backlog.connected(
        port=port, client_id="bench-honest", protocol=MQTTProtocolVersion.MQTTv5
    )
    client.on_message = on_message
    client.subscribe(topics.build(site=SITE, device="honest", kind=topics.ACK))
    published = _publish(client, epoch, round(seconds * _RATE_HZ))
    until_s = time.monotonic() + _WITHIN_S
    while time.monotonic() < until_s and (not acks or acks[-1][1] < len(published)):
        time.sleep(0.01)
    backlog.leave(client)
    return [_waited(at_s, seq, acks) for seq, at_s in enumerate(published, start=1)]


def _publish(client: Any, epoch: str, count: int) -> list[float]:
    topic = topics.build(site=SITE, device="honest", kind=topics.TELEMETRY)
    started_s, published = time.monotonic(), []
    for seq in range(1, count + 1):
        time.sleep(max(0.0, started_s + seq / _RATE_HZ - time.monotonic()))
        now_ms = time.time_ns() // 1_000_000
        published.append(time.monotonic())
        client.publish(topic, backlog.payload(0, epoch=epoch, seq=seq, time_ms=now_ms), 1)
    return published


def _waited(at_s: float, seq: int, acks: list[tuple[float, int]]) -> float | None:
    return next((acked_s - at_s for acked_s, upto in acks if upto >= seq), None)


if __name__ == "__main__":
    main()
