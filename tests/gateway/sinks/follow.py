"""The follower as a process of its own, to be killed. Arguments: data directory, access file."""

import sys
import time
from pathlib import Path

import msgspec

from gateway.sinks.influxdb.access import Access
from tests.gateway.sinks.keeper import Keeper


def main() -> None:
    data_dir, access_file = map(Path, sys.argv[1:])
    keeper = Keeper(data_dir)
    keeper.follower(msgspec.json.decode(access_file.read_bytes(), type=Access)).start()
    sys.stdout.write("following\n")
    sys.stdout.flush()
    while True:
        time.sleep(1.0)


if __name__ == "__main__":
    main()
