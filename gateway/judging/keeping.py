"""Anomalies of machines in; what the journal keeps of them out."""

from collections.abc import Sequence

from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal
from gateway.journal.anomalies import Anomaly
from gateway.twin.fleet import Device


async def keep(pipeline: Pipeline, told: Sequence[tuple[Device, Anomaly]]) -> None:
    """Store them, but for those of machines that are removed by then.

    Raises:
        Unavailable: the journal cannot be written.
    """

    def add(journal: Journal) -> None:
        for device, anomaly in told:
            if not device.is_gone:
                journal.put_anomaly(device_id=device.id, anomaly=anomaly)

    await pipeline.write(add)
