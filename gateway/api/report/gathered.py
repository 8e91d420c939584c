"""A question about a period in; all of its report out, of one snapshot of the journal."""

from typing import Any, Final

import apsw

from gateway.api.context import Context
from gateway.api.queries.alarmed_then import alarms_as_known
from gateway.api.queries.doubts import doubts
from gateway.api.queries.revisions import changed_since
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.report.alarmed import alarmed
from gateway.api.report.energy import Energy
from gateway.api.report.operation import Operation
from gateway.api.report.period import Period
from gateway.api.report.query import ReportQuery, known_then, meant, period_meant
from gateway.api.site_buckets import SiteBuckets
from gateway.api.then import Known, moment_of, said_of
from gateway.twin.fleet import Device

HOLED_BELOW: Final = 0.95  # of a bucket, and of all: what a table marks as measured too little


async def report_of(query: ReportQuery, context: Context) -> "Report":
    """Raises Refused, NotFound: what is wrong with the question."""
    period = period_meant(query, context)
    return Report(query, period, context, await known_then(query, period, context))


class Report:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self, query: ReportQuery, period: Period, context: Context, known: Known | None
    ) -> None:
        """Raises Refused, NotFound: what is wrong with it."""
        self._query, self._period, self._context = query, period, context
        self._past = past = None if known is None else known.this
        self._now_ms = context.services.now_ms()
        self._ground = past or context
        self._devices = meant(query, self._span, context, past)
        self._energy = Energy(self._devices, period, context, known)

    @property
    def _span(self) -> Range:
        buckets = SiteBuckets(self._period.bucket, self._context.services.settings.site_time)
        if self._past is None:
            return Range(*whole_minutes(*self._period.span), buckets)
        return Range(self._past.then.from_ms, self._past.then.to_ms, buckets)

    @property
    def label(self) -> str:
        """Of its period, and as of which time it is."""
        site = self._context.services.settings.site_time
        label = str(self._period.told(site)["label"])
        if self._past is None:
            return label
        return f"{label}-as-known-{site.wall(self._past.then.at_ms):%Y-%m-%dT%H%M}"

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread."""
        site = self._context.services.settings.site_time
        used = self._energy.told(connection)
        machines = used["machines"]
        there = [each for each in self._devices if machines[each.name].pop("is_there")]
        operation = Operation(there, self._span, self._ground, moment_of(self._past))
        return {
            "site": self._context.services.settings.site,
            "time_zone": site.name,
            "currency": self._context.services.registrar.tariffs.currency,
            "made_ms": self._now_ms,
            "period": self._period.told(site),
            "filter": self._query.choice,
            "measured": _measured(used, [each.name for each in self._devices if each not in there]),
            "machines": [self._machine(each, machines) for each in self._devices],
            "energy": used["energy"],
            "operation": operation.told(connection),
            **self._wrong(connection),
            **said_of(self._past),
            **self._since(connection),
        }

    def _since(self, connection: apsw.Connection) -> dict[str, Any]:
        """Of a report as of a time: what has changed since of what it tells."""
        if self._past is None:
            return {}
        at_ms, from_ms, to_ms, _ = self._past.then
        ids = {each.id: each.name for each in self._devices}
        found = changed_since(connection, ids, at_ms=at_ms, from_ms=from_ms, to_ms=to_ms)
        return {"since": found}

    def _wrong(self, connection: apsw.Connection) -> dict[str, Any]:
        """Alarms and doubts."""
        names = [each.name for each in self._devices] if self._query.is_filtered else None
        at_ms = None if self._past is None else self._past.then.at_ms
        now_ms = self._now_ms if at_ms is None else at_ms
        start_ms, end_ms = self._period.span
        with alarms_as_known(connection, at_ms):
            return {
                "alarms": alarmed(
                    connection,
                    devices=names,
                    period=self._period,
                    now_ms=now_ms,
                    is_past=at_ms is not None,
                ),
                "doubts": doubts(
                    connection,
                    devices=names,
                    from_ms=start_ms,
                    to_ms=end_ms,
                    now_ms=now_ms,
                    is_past=at_ms is not None,
                ),
            }

    def _machine(self, device: Device, used: dict[str, Any]) -> dict[str, Any]:
        fields = self._ground.services.registrar.register.entry(device.name).fields
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


def _measured(used: dict[str, Any], not_there: list[str]) -> dict[str, Any]:
    """The share of machines' time, who lacks some of it, and who was not there yet."""
    machines = used["machines"]
    return {
        "coverage": used["measured"],
        "holed_below": HOLED_BELOW,
        "with_holes": [name for name, its in machines.items() if _has_holes(its)],
        "not_there": not_there,
    }


def _has_holes(its: dict[str, Any]) -> bool:
    shares = [its["coverage"], *its["by_bucket"]]
    return any(share is not None and share < HOLED_BELOW for share in shares)
