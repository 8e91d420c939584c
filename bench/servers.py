"""The servers a measurement stands on: private, on free ports, their data below one path."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.programs import HOST, NotMeasured, Program, answers, free_port
from scripts import kafka_for_tests
from scripts.kafka_server import KafkaServer

SITE: Final = "workshop"
_REST_OVER_S: Final = 2.0
GATEWAY_CLIENT_ID: Final = f"edgetwin-gateway-{SITE}"

# As the project's mosquitto.conf, but for the length of a queue and no persistence: what is
# measured are those who drain it.
_MOSQUITTO: Final = """listener {port} {host}
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 2000
max_queued_messages 5000000
persistence false
log_type error
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running program and where it answers."""

    program: Program
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@contextmanager
def mosquitto(directory: Path) -> Iterator[Server]:
    """Raises NotMeasured when there is no ``mosquitto``."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        raise NotMeasured("there is no mosquitto: apt-get install mosquitto")
    port = free_port()
    configuration = directory / "mosquitto.conf"
    configuration.write_text(_MOSQUITTO.format(port=port, host=HOST))
    with Program([found, "-c", configuration], log=directory / "mosquitto.log") as program:
        program.wait_for_port(port)
        yield Server(program=program, port=port)


@contextmanager
def gateway(
    directory: Path,
    *,
    broker_port: int,
    inference_port: int | None,
    kafka_port: int | None = None,
    module: Sequence[str] = ("gateway",),
) -> Iterator[Server]:
    """The real gateway. Without an inference port it finds nobody there, and goes on."""
    port = free_port()
    settings = {
        "EDGETWIN_SITE": SITE,
        "EDGETWIN_HOST": HOST,
        "EDGETWIN_DATA_DIR": str(directory),
        "EDGETWIN_BROKER_PORT": str(broker_port),
        "EDGETWIN_GATEWAY_PORT": str(port),
        "EDGETWIN_INFERENCE_PORT": str(inference_port or free_port()),
        "EDGETWIN_INFLUXDB_URL": "",
        "EDGETWIN_API_TOKEN": "",
        "EDGETWIN_KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{kafka_port}" if kafka_port else "",
    }
    command = [sys.executable, "-m", *module]
    log = directory / "gateway.log"
    with Program(command, log=log, environment=settings) as program:
        yield Server(program=program, port=port)


@contextmanager
def kafka(directory: Path) -> Iterator[Server]:
    """Raises NotMeasured where none can be had."""
    if kafka_for_tests.missing() or not kafka_for_tests.cached_jars().is_dir():
        raise NotMeasured("there is no Kafka: python -m scripts.kafka_for_tests")
    server = KafkaServer(directory=directory, port=free_port(), controller_port=free_port())
    server.write()
    subprocess.run(server.formatting(), check=True, capture_output=True)
    with Program(server.serving(), log=directory / "kafka.log") as program:
        program.wait_for_port(server.port)
        yield Server(program=program, port=server.port)


@contextmanager
def inference(directory: Path, *, models: Path) -> Iterator[Server]:
    """The real inference service; ``models`` is the directory ``models`` of a data directory."""
    with _answering_from(models, ["inference", "serve"], log=directory / "inference.log") as server:
        yield server


@contextmanager
def sklearn_inference(directory: Path, *, models: Path) -> Iterator[Server]:
    """The same service with scikit-learn in place of ONNX Runtime."""
    log = directory / "sklearn.log"
    with _answering_from(models, ["bench.sklearn_service"], log=log) as server:
        yield server


@contextmanager
def _answering_from(models: Path, module: list[str], *, log: Path) -> Iterator[Server]:
    port = free_port()
    settings = {
        "EDGETWIN_HOST": HOST,
        "EDGETWIN_DATA_DIR": str(models.parent),
        "EDGETWIN_INFERENCE_PORT": str(port),
    }
    with Program([sys.executable, "-m", *module], log=log, environment=settings) as program:
        program.wait_for_port(port)
        yield Server(program=program, port=port)


def wait_until_connected(server: Server) -> None:
    """Return when the gateway has its broker."""

    def is_connected() -> bool:
        if not answers(server.port):
            return False
        health = httpx.get(f"{server.url}/health", trust_env=False).json()
        return bool(health["dependencies"]["broker"]["status"] == "ok")

    server.program.wait_for(is_connected, what="connection to the broker")


def wait_until_at_rest(server: Server, *, within_s: float = 300.0) -> None:
    """Return when the program takes less than a twentieth of a core: a start's work is done."""

    def is_at_rest() -> bool:
        before_s = server.program.cpu_s()
        time.sleep(_REST_OVER_S)
        return server.program.cpu_s() - before_s < _REST_OVER_S / 20

    server.program.wait_for(is_at_rest, what="rest", within_s=within_s)
