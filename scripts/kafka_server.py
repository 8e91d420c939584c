"""One Kafka without ZooKeeper for tests and benches: settings in, commands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.kafka_for_tests import cached_jars

HOST: Final = "127.0.0.1"
_CLUSTER: Final = "ZWRnZXR3aW4tdGVzdHMtMA"
# Little memory, and up soon: what it compiles well pays off after minutes.
_JAVA: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_QUIET: Final = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


@dataclass(frozen=True, kw_only=True)
class KafkaServer:
    """Where one node keeps its data and listens; ``more`` are lines of its settings.

    ``listeners`` are further ones, of ``more``: name to address.
    """

    directory: Path
    port: int
    controller_port: int
    more: Sequence[str] = ()
    listeners: Sequence[str] = ()

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def _settings(self) -> Path:
        return self.directory / "server.properties"

    def write(self) -> None:
        """Its settings file."""
        own = f"PLAINTEXT://{self.address}"
        controller = f"CONTROLLER://{HOST}:{self.controller_port}"
        lines = (
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@{HOST}:{self.controller_port}",
            "controller.listener.names=CONTROLLER",
            f"listeners={','.join((own, controller, *self.listeners))}",
            f"advertised.listeners={','.join((own, *self.listeners))}",
            f"log.dirs={self.directory / 'data'}",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            "auto.create.topics.enable=false",
            # One that was killed is taken for dead soon, and so may come back.
            "broker.session.timeout.ms=6000",
            "broker.heartbeat.interval.ms=500",
            *self.more,
        )
        self.directory.mkdir(parents=True, exist_ok=True)
        self._settings.write_text("\n".join(lines) + "\n")

    def formatting(self, *users: str) -> list[str]:
        """The command that makes its storage; ``users`` as --add-scram takes them."""
        scram = [part for user in users for part in ("--add-scram", user)]
        return self._java(
            "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._settings), *scram
        )

    def serving(self) -> list[str]:
        """The command that is the server."""
        return self._java("kafka.Kafka", str(self._settings))

    def _java(self, *arguments: str) -> list[str]:
        return ["java", *_JAVA, _QUIET, "-cp", f"{cached_jars()}/*", *arguments]
