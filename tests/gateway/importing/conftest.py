"""The real InfluxDB of the tests of its sink."""

from tests.gateway.sinks.conftest import access, influxd, keeper

__all__ = ["access", "influxd", "keeper"]
