"""A question about a period in; all of its report out, of one snapshot of the journal."""

from typing import Any, Final

import apsw

from gateway.api.context import Context
from gateway.api.queries.doubts import doubts
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.relative import Clock
from gateway.api.report.alarmed import alarmed
from gateway.api.report.energy import Energy
from gateway.api.report.operation import Operation
from gateway.api.report.period import period_of
from gateway.api.report.query import ReportQuery, meant, span_of
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device

HOLED_BELOW: Final = 0.95  # of a bucket, and of all: what a table marks as measured too little


class Report:
    """One question, as far as it can be answered on the event loop."""

    def __init__(self, query: ReportQuery, context: Context) -> None:
        """Raises Refused, NotFound: what is wrong with it."""
        services, self._context = context.services, context
        site, self._now_ms = services.settings.site_time, services.now_ms()
        asked = span_of(query, Clock(site, services.now_ms))
        self._period = period = period_of(site, asked, now_ms=self._now_ms)
        self._query = query
        span = Range(*whole_minutes(*period.span), SiteBuckets(period.bucket, site))
        self._devices = meant(query, span, context)
        self._energy = Energy(self._devices, period, context)
        self._operation = Operation(self._devices, span, context)

    @property
    def label(self) -> str:
        """Of its period."""
        return str(self._period.told(self._context.services.settings.site_time)["label"])

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread."""
        site = self._context.services.settings.site_time
        used = self._energy.told(Stored(connection, site))
        names = [each.name for each in self._devices] if self._query.is_filtered else None
        start_ms, end_ms = self._period.span
        return {
            "site": self._context.services.settings.site,
            "time_zone": site.name,
            "currency": self._context.services.registrar.tariffs.currency,
            "made_ms": self._now_ms,
            "period": self._period.told(site),
            "filter": self._query.choice,
            "measured": _measured(used),
            "machines": [self._machine(each, used["machines"]) for each in self._devices],
            "energy": used["energy"],
            "alarms": alarmed(connection, devices=names, period=self._period, now_ms=self._now_ms),
            "operation": self._operation.told(connection),
            "doubts": doubts(
                connection,
                devices=names,
                from_ms=start_ms,
                to_ms=end_ms,
                now_ms=self._now_ms,
            ),
        }

    def _machine(self, device: Device, used: dict[str, Any]) -> dict[str, Any]:
        fields = self._context.services.registrar.register.entry(device.name).fields
        said = {
            "device": device.name,
            "name": fields.name,
            "asset": device.asset.name,
            "title": device.asset.title,
            "place": fields.place,
            "group": fields.group,
            "first_seen_ms": device.first_seen_ms,
        }
        found: dict[str, Any] = said | used[device.name]
        return found


def _measured(used: dict[str, Any]) -> dict[str, Any]:
    """The share of machines' time, and who lacks some of it."""
    machines = used["machines"]
    return {
        "coverage": used["measured"],
        "holed_below": HOLED_BELOW,
        "with_holes": [name for name, its in machines.items() if _has_holes(its)],
    }


def _has_holes(its: dict[str, Any]) -> bool:
    shares = [its["coverage"], *its["by_bucket"]]
    return any(share is not None and share < HOLED_BELOW for share in shares)
