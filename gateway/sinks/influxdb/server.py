"""InfluxDB behind influxdb-client: lines in, totals out, each refusal as an error of our own.

That library takes half a second to load, and brings numpy along: only who has an InfluxDB waits.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Self, assert_never
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from contract.errors import Misconfigured, Rejected, Unavailable
from gateway.sinks.influxdb.access import Access
from gateway.sinks.sink import Throttled

if TYPE_CHECKING:
    from influxdb_client.rest import ApiException

_CONNECT_MS: Final = 3_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MS_PER_S: Final = 1_000


class TooLarge(Rejected):
    """The body was too long for the server: send less at once."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket as the server knows it; ``retention_ms`` is 0 when it keeps everything."""

    id: int
    name: str
    retention_ms: int


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The two buckets that the follower writes to."""

    raw: Bucket
    history: Bucket

    def of(self, kept: Literal["raw", "history"]) -> Bucket:
        match kept:
            case "raw":
                return self.raw
            case "history":
                return self.history
        assert_never(kept)


class Server:
    """One InfluxDB, for one thread.

    Every method may raise one of these:

    * Rejected (``influxdb_refused``): it cannot take what was sent; TooLarge: not so much at once
    * Misconfigured: token, organisation or bucket is wrong; the text says which and what to do
    * Unavailable: it does not answer or is overloaded; Throttled: and says for how long
    """

    def __init__(self, access: Access, *, timeout_ms: int) -> None:
        from influxdb_client import BucketsService, InfluxDBClient  # noqa: PLC0415  (see above)
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415

        self._access = access
        self._client = InfluxDBClient(
            url=access.url,
            token=access.token,
            org=access.org,
            timeout=(_CONNECT_MS, timeout_ms),
            # On loopback packing costs more than it saves.
            enable_gzip=urlsplit(access.url).hostname not in _LOOPBACK,
        )
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)
        self._known_buckets = BucketsService(self._client.api_client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def url(self) -> str:
        return self._access.url

    def buckets(self) -> Buckets:
        """The two buckets, which also proves that address, token and organisation are right."""
        return Buckets(
            raw=self._bucket(self._access.bucket),
            history=self._bucket(self._access.history_bucket),
        )

    def _bucket(self, name: str) -> Bucket:
        with self._translated():
            found = self._known_buckets.get_buckets(name=name, org=self._access.org).buckets
        if not found:
            raise Misconfigured(f"InfluxDB at {self._access.url} has no bucket {name!r} for us.")
        rules = [rule.every_seconds or 0 for rule in found[0].retention_rules]
        return Bucket(
            id=int(found[0].id, 16), name=name, retention_ms=max(rules, default=0) * _MS_PER_S
        )

    def write(self, bucket: Bucket, lines: Sequence[str]) -> None:
        """Write lines; returns when the server has them in its log."""
        body = "\n".join(lines).encode()
        with self._translated():
            self._writer.write(bucket=bucket.name, record=body)  # precision: nanoseconds

    def totals(
        self,
        bucket: Bucket,
        *,
        measurement: str,
        field: str,
        aggregate: Literal["count", "sum"],
        from_ms: int,
        to_ms: int,
    ) -> dict[tuple[str, int], int]:
        """(device, start of hour in ms) to the hour's total; both times are whole hours."""
        # Bounded, and without empty windows: an open range would make the server allocate for ever.
        flux = (
            f"from(bucket: {quoted(bucket.name)})"
            f" |> range(start: {_moment(from_ms)}, stop: {_moment(to_ms)})"
            f" |> filter(fn: (r) => r._measurement == {quoted(measurement)}"
            f" and r._field == {quoted(field)})"
            f" |> aggregateWindow(every: 1h, fn: {aggregate}, createEmpty: false,"
            ' timeSrc: "_start")'
            ' |> keep(columns: ["device", "_time", "_value"])'
        )
        totals: dict[tuple[str, int], int] = {}
        with self._translated():
            for record in self._client.query_api().query_stream(flux):
                key = (record["device"], round(record["_time"].timestamp() * _MS_PER_S))
                totals[key] = totals.get(key, 0) + int(record["_value"])
        return totals

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from influxdb_client.rest import ApiException  # noqa: PLC0415  (see above)

        url = self._access.url
        try:
            yield
        except ApiException as error:
            raise _as_ours(error, self._access) from error
        except HTTPError as error:
            raise Unavailable(f"InfluxDB does not answer at {url}: {_shortly(error)}") from error


def quoted(text: str) -> str:
    """A Flux string literal: quotes, backslashes and ``${`` stay what they are."""
    return json.dumps(text, ensure_ascii=False).replace("${", r"\${")


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / _MS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_ours(error: "ApiException", access: Access) -> Exception:
    said = _message(error)
    match error.status:
        case 400 | 422:
            return Rejected("influxdb_refused", said)
        case 413:
            return TooLarge("influxdb_refused", said)
        case 401 | 403:
            return Misconfigured(
                f"InfluxDB at {access.url} does not let the gateway in ({said}): check "
                "EDGETWIN_INFLUXDB_TOKEN, or run `python -m influx setup`."
            )
        case 404:
            return Misconfigured(
                f"InfluxDB at {access.url} lacks what the gateway writes to ({said}): check "
                "EDGETWIN_INFLUXDB_ORG and _BUCKET, or run `python -m influx setup`."
            )
        case 429 | 503:
            text = f"InfluxDB at {access.url} is overloaded ({said})"
            return Throttled(text, after_s=_retry_after_s(error.headers))
        case _:
            return Unavailable(f"InfluxDB at {access.url} answers {error.status} ({said})")


def _message(error: "ApiException") -> str:
    """What the server said, short enough for a status line."""
    body = error.body or error.reason or ""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["message"])
    return " ".join(text.split())[:400]


def _retry_after_s(headers: Any) -> float | None:
    """Seconds of ``Retry-After``; its other form, a date, is left to our own back-off."""
    try:
        return max(0.0, float((headers or {}).get("Retry-After", "")))
    except ValueError:
        return None


def _shortly(error: HTTPError) -> str:
    return str(error).rsplit(": ", maxsplit=1)[-1][:200]
