"""What InfluxDB refuses, postpones or leaves unanswered: only the bad line stays out."""

import pytest

from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.sending import HOLD_AFTER
from tests.gateway.sinks.keeper import VALUES, Keeper, deliver, end, identities, now_ms, wait_until
from tests.gateway.sinks.proxy import Proxy, before
from tests.influx.running import Influxd

pytestmark = pytest.mark.influxdb

Answer = tuple[int, dict[str, str], float]


def _through(proxy: Proxy, access: Access) -> Access:
    return Access(
        url=proxy.url,
        org=access.org,
        bucket=access.bucket,
        history_bucket=access.history_bucket,
        token=access.token,
    )


def _make_integer(influxd: Influxd, access: Access, channel: str) -> None:
    """Somebody wrote ``channel`` as an integer: InfluxDB then refuses it as a float."""
    influxd.write(access.bucket, f"reading,device=x {channel}=1i {now_ms()}000000")


def test_one_bad_line_is_found_and_quarantined_and_the_rest_goes(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    _make_integer(influxd, access, "strange")
    keeper.add(times_ms=[now_ms()] * 700)
    keeper.add(times_ms=[now_ms()], first_seq=701, values={"strange": 1.5})
    keeper.add(times_ms=[now_ms()] * 299, first_seq=702)
    follower = deliver(keeper, access)
    (bad,) = keeper.quarantined
    assert (bad.reason, bad.device, bad.epoch, bad.seq) == (
        "influxdb_refused", "fan-01", "9f2c41aa-7", 701,
    )  # fmt: skip
    assert "field type conflict" in bad.detail
    assert b"strange=1.5" in bad.raw
    points = influxd.points(access.bucket, "reading")
    stored = [fields for (device, _, _), fields in points.items() if device == "fan-01"]
    # Of the refused line InfluxDB keeps the fields that did not conflict.
    assert len(identities(stored)) in {999, 1_000}
    assert follower.status().status == "ok"


def test_a_name_that_no_line_can_hold_is_quarantined(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms()], values=VALUES | {"line\nfeed,admin=1": 1.0})
    keeper.add(times_ms=[now_ms()], first_seq=2)
    deliver(keeper, access)
    assert [item.seq for item in keeper.quarantined] == [1]
    assert len(influxd.points(access.bucket, "reading")) == 1


def test_refusal_of_everything_holds_instead_of_filling_the_quarantine(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    _make_integer(influxd, access, "rpm")
    keeper.add(times_ms=[now_ms()] * (3 * HOLD_AFTER))
    follower = keeper.follower(access)
    follower.start()
    try:
        wait_until(follower, "down")
        assert "refuses line after line" in follower.status().detail
    finally:
        end(follower)
    assert keeper.quarantined == []
    assert keeper.cursor().keys() == {"target"}, "of no stream was anything delivered"


def test_a_batch_that_is_tried_again_quarantines_once(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    _make_integer(influxd, access, "strange")
    keeper.add(times_ms=[now_ms()], values={"strange": 1.5})
    keeper.add(times_ms=[now_ms()], first_seq=2)
    with before(influxd.url) as proxy:
        # Both lines, the bad one alone, and then an outage.
        proxy.answers = [(status, {}, 0.0) for status in (422, 422, 503)]
        deliver(keeper, _through(proxy, access))
    assert [item.seq for item in keeper.quarantined] == [1]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((503, {}, 0.0), id="overloaded"),
        pytest.param((429, {"Retry-After": "0.1"}, 0.0), id="throttled"),
        pytest.param((429, {"Retry-After": "Fri, 20 Nov 2026 12:00:00 GMT"}, 0.0), id="a-date"),
        pytest.param((500, {}, 0.0), id="defect"),
        pytest.param((502, {}, 0.0), id="proxy"),
        pytest.param((204, {}, 2.0), id="silence"),
    ],
)
def test_a_server_in_trouble_is_asked_again(
    influxd: Influxd, access: Access, keeper: Keeper, answer: Answer
) -> None:
    keeper.add(times_ms=[now_ms()] * 50)
    with before(influxd.url) as proxy:
        proxy.answers = [answer, answer]
        follower = keeper.follower(_through(proxy, access), timeout_ms=1_000)
        follower.start()
        try:
            wait_until(follower, "ok", behind=0)
        finally:
            end(follower)
    assert len(influxd.points(access.bucket, "reading")) == 50
    assert keeper.quarantined == []


def test_retry_after_is_waited_for(influxd: Influxd, access: Access, keeper: Keeper) -> None:
    keeper.add(times_ms=[now_ms()] * 5)
    with before(influxd.url) as proxy:
        proxy.answers = [(503, {"Retry-After": "2"}, 0.0)]
        deliver(keeper, _through(proxy, access))
        (asked_s, _, _), (again_s, _, _) = proxy.writes[:2]
    assert again_s - asked_s >= 2.0


def test_too_much_at_once_is_halved(influxd: Influxd, access: Access, keeper: Keeper) -> None:
    keeper.add(times_ms=[now_ms()] * 2_000)
    with before(influxd.url) as proxy:
        proxy.longest = 20_000
        deliver(keeper, _through(proxy, access))
        statuses = {status for _, _, status in proxy.writes}
    assert statuses == {204, 413}
    assert len(influxd.points(access.bucket, "reading")) == 2_000
    assert keeper.quarantined == []
