"""Lines of Mosquitto's log in, entries of the audit trail out."""

from gateway.audit.broker_log import BrokerLog, is_chatter
from hosting.audit.events import NOBODY
from tests.gateway.audit.test_audit import NOW_MS

# ---------------------------------------------------------------- Mosquitto's words

LOG = """\
Warning: Unable to set TCP_NODELAY.
New connection from 10.0.0.5:60612 on port 1883.
Sending CONNACK to 10.0.0.5 (0, 5)
Client <unknown> disconnected, not authorised.
New connection from ::1:60618 on port 1883.
Sending CONNACK to auto-B60BF424-1661-53DD-525C-FDFF2EFEE5B1 (0, 135)
New connection from 10.0.0.6:60644 on port 1883.
New client connected from 10.0.0.6:60644 as fan-01 (p2, c1, k60, u'fan-01').
Sending CONNACK to fan-01 (0, 0)
Denied PUBLISH from fan-01 (d0, q1, r0, m1, 'edgetwin/v1/w/fan-02/birth', ... (1 bytes))
New connection from 10.0.0.7:60670 on port 1883.
Client fan-01 already connected, closing old connection.
New client connected from 10.0.0.7:60670 as fan-01 (p2, c1, k60, u'fan-01').
Client fan-01 disconnected.
Denied PUBLISH from fan-01 (d0, q0, r0, m0, 'a', ... (0 bytes))
Sending CONNACK to 10.0.0.8 (0, 2)
New connection from 127.0.0.1:60671 on port 1883.
Sending CONNACK to edgetwin-is-it-ready (0, 5)
mosquitto version 2.0.11 running
"""


def test_mosquittos_lines_become_entries() -> None:
    log = BrokerLog()
    found = [log.read(line, time_ms=NOW_MS) for line in LOG.splitlines()]
    assert [(e.who, e.origin, str(e.what)) for e in found if e] == [
        (NOBODY, "10.0.0.5", "login_refused"),
        (NOBODY, "::1", "login_refused"),
        ("fan-01", "10.0.0.6", "publish_denied"),
        ("fan-01", "10.0.0.7", "taken_over"),
        ("fan-01", NOBODY, "publish_denied"),
    ]
    details = [e.detail for e in found if e]
    assert details[2] == "edgetwin/v1/w/fan-02/birth"
    assert "the one from 10.0.0.6" in details[3]
    assert [line for line in LOG.splitlines() if not is_chatter(line)] == [
        "mosquitto version 2.0.11 running"
    ]
