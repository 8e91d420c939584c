"""Readings from Kafka, each once; three of these in one group share the machines.

python docs/examples/kafka_consumer.py 127.0.0.1:9092 my-group sensor-data
"""

import json
import sys

from confluent_kafka import Consumer

servers, group, topic = sys.argv[1:]
consumer = Consumer(
    {"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest"}
)
consumer.subscribe([topic], on_assign=lambda _, parts: print(len(parts), "partitions", flush=True))
seen: dict[tuple[str, str, int], None] = {}  # what was read last: none of it counts twice
while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    said = json.loads(message.value())
    key = (said["device"], said["epoch"], said["seq"])
    if key not in seen:
        seen[key] = None
        print(*key, said["values"], flush=True)
    if len(seen) > 100_000:
        del seen[next(iter(seen))]
