"""The ``EDGETWIN_*`` settings that concern InfluxDB, from the environment or ``.env``."""

from contract.settings import InfluxDB, Place, Process, Reach


class InfluxSettings(Reach, Place, InfluxDB, Process):
    """The parts of ``contract.settings`` that it listens to."""

    @property
    def url(self) -> str:
        """The server named in ``.env``, else the one that ``make influx`` built."""
        return self.influxdb_url or f"http://{self.host}:{self.influxdb_port}"


def load() -> InfluxSettings:
    return InfluxSettings()
