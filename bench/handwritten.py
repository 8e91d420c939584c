"""What people write by hand: paho-mqtt, ``json.loads``, one sqlite3 commit a message.

``python -m bench.handwritten PORT DATABASE``. It checks nothing, computes nothing, and keeps a
repeated reading twice; all it shares with the gateway is that what it acknowledged is on disk.
"""

import json
import sqlite3
import sys
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bench.programs import HOST

CLIENT_ID: Final = "bench-by-hand"


def main(port: int, database: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE reading(topic TEXT, seq INT, time_ms INT, body TEXT)")
    connection.commit()

    def store(_client: Client, _data: Any, message: MQTTMessage) -> None:
        reading = json.loads(message.payload)
        row = (message.topic, reading["seq"], reading["time_ms"], json.dumps(reading["values"]))
        connection.execute("INSERT INTO reading VALUES (?,?,?,?)", row)
        connection.commit()

    client = Client(CallbackAPIVersion.VERSION2, CLIENT_ID, clean_session=False)
    client.on_message = store  # paho acknowledges when it returns
    client.connect(HOST, port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
