"""The peer on ingest: Telegraf's mqtt_consumer into a real InfluxDB 2, tuned for a backlog.

Telegraf is built from its Go module with only the three plugins this takes, once, and cached per
user; influxd is the one of ``python -m influx build``.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.backlog import TELEMETRY
from bench.influxdb import influxd
from bench.programs import HOST, NotMeasured, Program

VERSION: Final = "1.30.3"
CLIENT_ID: Final = "bench-telegraf"
_MODULE: Final = f"github.com/influxdata/telegraf/cmd/telegraf@v{VERSION}"
_TAGS: Final = "custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json_v2"
_BUILD_WITHIN_S: Final = 600
_POINTS: Final = "storage_writer_ok_points_sum"

# Batches as large and as many readings under way as made it fastest here; metrics of its own off.
_CONFIGURATION: Final = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 400000
  omit_hostname = true
  quiet = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://{host}:{broker_port}"]
  topics = ["{topic}"]
  client_id = "{client_id}"
  qos = 1
  persistent_session = true
  max_undelivered_messages = 100000
  topic_tag = ""
  data_format = "json_v2"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "edgetwin/v1/+/+/telemetry"
    tags = "_/_/site/device/_"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "reading"
    timestamp_path = "time_ms"
    timestamp_format = "unix_ms"
    [[inputs.mqtt_consumer.json_v2.tag]]
      path = "epoch"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "seq"
      type = "int"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "values"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "truth"
      type = "string"

[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "{token}"
  organization = "{org}"
  bucket = "{bucket}"
"""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Telegraf and the InfluxDB it writes to."""

    telegraf: Program
    influxd: Program
    url: str

    def stored(self) -> int:
        """Points that influxd has written, by its own count; one reading is one point."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        lines = (line for line in text.splitlines() if line.startswith(_POINTS))
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)


@contextmanager
def running(directory: Path, *, broker_port: int) -> Iterator[Peer]:
    """Both programs, started. Raises NotMeasured when one cannot be had here."""
    program = put_in_place()
    with influxd(directory) as server:
        access = server.access
        configuration = directory / "telegraf.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                host=HOST,
                broker_port=broker_port,
                topic=TELEMETRY,
                client_id=CLIENT_ID,
                url=access.url,
                token=access.token,
                org=access.org,
                bucket=access.bucket,
            )
        )
        configuration.chmod(0o600)
        command = [str(program), "--config", str(configuration)]
        with Program(command, log=directory / "telegraf.log") as telegraf:
            yield Peer(telegraf=telegraf, influxd=server.program, url=access.url)


def put_in_place() -> Path:
    """Telegraf out of the cache, or built into it. Raises NotMeasured without Go."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgetwin"
    program = cache / f"telegraf-{VERSION}" / "telegraf"
    if program.exists():
        return program
    if shutil.which("go") is None:
        raise NotMeasured("building Telegraf takes Go: https://go.dev/dl/")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".build-") as scratch:
        _build(Path(scratch))
        program.parent.mkdir(exist_ok=True)
        (Path(scratch) / "telegraf").replace(program)
    return program


def _build(into: Path) -> None:
    """Compile the agent with three plugins: 1 to 3 minutes instead of 8 with all."""
    command = ["go", "install", "-trimpath", f"-tags={_TAGS}", _MODULE]
    environment = {**os.environ, "GOBIN": str(into), "CGO_ENABLED": "0"}
    built = subprocess.run(
        command, env=environment, cwd=into, capture_output=True, text=True,
        timeout=_BUILD_WITHIN_S, check=False,
    )  # fmt: skip
    if built.returncode:
        raise NotMeasured(f"go install telegraf failed: {built.stderr.strip()[-300:]}")
