"""The follower as a process, to be killed. Arguments: data directory, servers, prefix."""

import sys
import time
from pathlib import Path

from gateway.sinks.kafka.access import Access
from gateway.sinks.kafka.sink import Kafka
from tests.gateway.sinks.keeper import Keeper


def main() -> None:
    data_dir, servers, prefix = sys.argv[1:]
    access = Access(servers=servers, prefix=prefix)
    Keeper(Path(data_dir)).following(Kafka(access=access, site="works")).start()
    sys.stdout.write("following\n")
    sys.stdout.flush()
    while True:
        time.sleep(1.0)


if __name__ == "__main__":
    main()
