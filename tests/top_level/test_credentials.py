"""Who may say and hear what: the real Mosquitto, with the files that `make up` gives it."""

import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import pytest

from contract import topics
from contract.errors import Refused
from gateway.accounts.credentials import ACCOUNTS, Credential, Credentials, read_file, spool_file
from gateway.accounts.password_hash import hashed
from gateway.accounts.rights import Role
from scripts.ready import NotReady
from scripts.ready import broker as probe
from scripts.settings import ROOT, load
from tests.mosquitto import free_port
from tests.top_level.mqtt5 import HOST, Party, until

pytestmark = pytest.mark.broker

SITE: Final = "workshop"
TOKEN: Final = "0f3c9a52e7d14b86a1905dc27e48f63b"
GATEWAYS_CLIENT_ID: Final = f"edgetwin-gateway-{SITE}"
REFUSED: Final = "Not authorized"
MAY_SAY: Final = ("birth", "status", "telemetry", "result", "reported", "fetch")
MAY_HEAR: Final = ("ack", "command", "desired", "chunk")
MAY_NOT_SAY: Final = (*MAY_HEAR, "state", "diagnosis", "alarm", "anything", "telemetry/more")


def topic(device: str, kind: str) -> str:
    return f"edgetwin/v1/{SITE}/{device}/{kind}"


class Broker:
    """`python -m scripts.broker` on a data directory of its own, with two boards."""

    def __init__(self, data_dir: Path, *, host: str = HOST) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        clean = {key: value for key, value in os.environ.items() if not key.startswith("EDGETWIN_")}
        self.environ = clean | {
            "EDGETWIN_API_TOKEN": TOKEN,
            "EDGETWIN_BROKER_PORT": str(self.port),
            "EDGETWIN_DATA_DIR": str(data_dir),
            "EDGETWIN_FLEET": "fan:2",
            "EDGETWIN_HOST": host,
        }
        self.credentials = Credentials(data_dir, site=SITE)
        self.dev1, self.dev2 = self.credentials.add(["dev1", "dev2"], role=Role.DEVICE)
        self._log = (data_dir / "broker.log").open("ab")
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.broker"],
            cwd=ROOT,
            env=self.environ,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        until(self._ready, "the broker")

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log()
        try:
            probe(load(env_file=Path("/nonexistent"), environ=self.environ))
        except NotReady:
            return False
        return True

    def log(self) -> str:
        return (self.data_dir / "broker.log").read_text()

    def restart(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()

    def account(self, name: str) -> Credential:
        """The login that `make up` made for one of its processes."""
        found = read_file(self.data_dir / "broker" / "accounts" / name)
        assert found is not None
        return found

    def join(self, credential: Credential | None, *, client_id: str = "") -> Party:
        return Party(self.port, credential, client_id=client_id)

    def local(self) -> Party:
        return Party(0, None, socket_path=str(self.data_dir / "broker" / "local.sock"))

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "gateway", *words]
        return subprocess.run(
            line, cwd=ROOT, env=self.environ, check=False, capture_output=True, text=True
        )


def folder() -> tempfile.TemporaryDirectory[str]:
    """Whoever reads the broker's log may write a last line when the broker has ended."""
    return tempfile.TemporaryDirectory(prefix="et-", ignore_cleanup_errors=True)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with folder() as place:
        running = Broker(Path(place))
        yield running
        running.stop()


@pytest.fixture(scope="module")
def exposed() -> Iterator[Broker]:
    """The same, open to the network."""
    with folder() as place:
        running = Broker(Path(place), host="0.0.0.0")
        yield running
        running.stop()


@pytest.fixture
def gateway(broker: Broker) -> Iterator[Party]:
    """Connected as the gateway, hearing everything."""
    with broker.join(broker.account("gateway"), client_id=GATEWAYS_CLIENT_ID) as party:
        party.subscribe("edgetwin/#")
        yield party


@pytest.fixture
def dev1(broker: Broker) -> Iterator[Party]:
    with broker.join(broker.dev1) as party:
        assert party.let_in
        yield party


# ------------------------------------------------------------------ check 1: nobody without a name


@pytest.mark.parametrize("name", ["broker", "exposed"])
@pytest.mark.parametrize(
    "stranger",
    [
        None,
        Credential(username="dev1", password="guess"),
        Credential(username="nobody", password="x"),
        Credential(username="gateway", password="gateway"),
    ],
    ids=lambda stranger: stranger.username if stranger else "anonymous",
)
def test_a_stranger_is_not_let_in(
    name: str, stranger: Credential | None, request: pytest.FixtureRequest
) -> None:
    running: Broker = request.getfixturevalue(name)
    with running.join(stranger) as party:
        assert party.answer == REFUSED


@pytest.mark.parametrize(("name", "address"), [("broker", "0100007F"), ("exposed", "0" * 8)])
def test_it_listens_on_its_one_port_and_nowhere_else(
    name: str, address: str, request: pytest.FixtureRequest
) -> None:
    running: Broker = request.getfixturevalue(name)
    mine = open_files(running.process.pid)
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in mine]
    assert listening == [f"{address}:{running.port:04X}"]


def open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection of the test before, closed meanwhile
            found.add(str(link.readlink()))
    return found


def test_the_local_socket_is_for_its_owner_and_for_reading(
    broker: Broker, gateway: Party, dev1: Party
) -> None:
    assert stat.S_IMODE((broker.data_dir / "broker").stat().st_mode) == 0o700
    with broker.local() as local:
        assert local.let_in
        local.subscribe("#")
        assert local.publish(topic("dev1", "telemetry"), b"from nobody") == REFUSED
        assert local.publish("$CONTROL/dynamic-security/v1", b"{}") == REFUSED
        dev1.publish(topic("dev1", "telemetry"), b"seen")
        local.hears(topic("dev1", "telemetry"), b"seen")
    assert all(payload != b"from nobody" for _topic, payload in gateway.heard)


# ------------------------------------------------------------------ check 3: random, and no default


def test_a_hundred_passwords_are_distinct_and_long(tmp_path: Path) -> None:
    names = [f"board-{number}" for number in range(100)]
    made = Credentials(tmp_path, site=SITE).add(names, role=Role.DEVICE)
    passwords = [credential.password for credential in made]
    assert len(set(passwords)) == 100
    assert all(len(bytes.fromhex(password)) * 8 >= 128 for password in passwords)
    folded = 0
    for password in passwords:
        folded |= int(password, 16) ^ int(passwords[0], 16)
    assert folded == 2**128 - 1  # no bit is the same in all


# A hash of ours, a private key, a login in a URL or a setting with a value.
SECRETS: Final = re.compile(
    r"\$7\$\d+\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----\n"
    r"|mqtts?://\w+:\w+@"
    r"|^\s*EDGETWIN_\w*(?:PASSWORD|TOKEN)=[0-9A-Za-z_-]{16,}$",
    re.MULTILINE,
)


def test_the_repository_holds_no_secret() -> None:
    line = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert "mosquitto.conf" in names
    assert not [name for name in names if Path(name).name in {".env", "passwords", "credential"}]
    for name in names:
        found = SECRETS.search((ROOT / name).read_text(errors="replace"))
        assert not found, f"{name}: {found[0]}"


@pytest.mark.parametrize(
    "text",
    [
        f"dev1:{hashed('x')}",
        "-----BEGIN EC PRIVATE " + "KEY-----\n",
        "url: mqtt://dev1:" + "abc@host",
        "a\nEDGETWIN_API_" + "TOKEN=0123456789abcdef\n",
    ],
)
def test_the_search_for_secrets_finds_one(text: str) -> None:
    assert SECRETS.search(text)


def test_what_is_kept_is_private_and_hashed(broker: Broker) -> None:
    kept = (broker.data_dir / "broker" / "passwords").read_text()
    for credential in (broker.dev1, broker.dev2, broker.account("gateway")):
        assert f"{credential.username}:$7$" in kept
        assert credential.password not in kept
    secret = [broker.data_dir / "broker" / "accounts" / account for account in ACCOUNTS]
    secret += [spool_file(broker.data_dir, device) for device in ("fan-01", "fan-02")]
    secret += [broker.data_dir / "broker" / name for name in ("passwords", "acl")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


# ------------------------------------------------------------------ check 4: for itself only


@pytest.mark.parametrize("kind", MAY_SAY)
def test_a_board_speaks_for_itself(kind: str, gateway: Party, dev1: Party) -> None:
    assert dev1.publish(topic("dev1", kind), kind.encode()) == "Success"
    gateway.hears(topic("dev1", kind), kind.encode())


@pytest.mark.parametrize("kind", MAY_SAY)
@pytest.mark.parametrize(
    "place", ["workshop/dev2", "workshop/fan-01", "other-site/dev1", "workshop/gateway"]
)
def test_a_board_does_not_speak_for_another(
    place: str, kind: str, gateway: Party, dev1: Party
) -> None:
    assert dev1.publish(f"edgetwin/v1/{place}/{kind}", b"forged") == REFUSED
    dev1.publish(topic("dev1", "telemetry"), b"marker " + place.encode() + kind.encode())
    gateway.hears(topic("dev1", "telemetry"), b"marker " + place.encode() + kind.encode())
    assert all(payload != b"forged" for _topic, payload in gateway.heard)


@pytest.mark.parametrize(("device", "published"), [("dev1", True), ("dev2", False)])
def test_a_last_will_is_for_itself_too(
    device: str, *, published: bool, broker: Broker, gateway: Party
) -> None:
    will = topic(device, "status"), b"will of dev1"
    marker = topic("dev1", "telemetry"), b"after the will of " + device.encode()
    # The second connection ends the first, whose will then comes before the second's first word.
    with Party(broker.port, broker.dev1, will=will), broker.join(broker.dev1) as second:
        second.publish(*marker)
        gateway.hears(*marker)
    assert (will in gateway.heard) == published


# ------------------------------------------------------------------ check 5: names without jokers


@pytest.mark.parametrize(
    "name",
    [
        *("+", "#", "a/b", "a/+", "%u", "%c", "a b", "", ".", "-a", "é", "a:b", "a\n", "x" * 65),
        *("gateway", "dashboard"),
    ],
)
@pytest.mark.parametrize("role", [Role.DEVICE, Role.READER])
def test_a_name_that_means_more_than_itself_is_refused(
    name: str, role: Role, tmp_path: Path
) -> None:
    credentials = Credentials(tmp_path, site=SITE)
    with pytest.raises(Refused):
        credentials.add(["good", name], role=role)
    assert credentials.names(role) == []


@pytest.mark.parametrize("name", ["+", "+/dev1", "x/#"])
def test_a_joker_that_got_into_the_file_cannot_publish(
    name: str, broker: Broker, gateway: Party
) -> None:
    file = broker.data_dir / "broker" / "passwords"
    whole = file.read_text()
    joker = Credential(username=name, password="p")
    file.write_text(whole + f"{name}:{hashed('p')}\n")
    try:
        assert broker.credentials.reload()
        until(lambda: admits(broker, joker), "the broker knows it")
        with broker.join(joker) as party:
            for device in ("dev1", "dev2", "x"):
                assert party.publish(topic(device, "telemetry"), b"joker") == REFUSED
    finally:
        file.write_text(whole)
        broker.credentials.reload()
    assert all(payload != b"joker" for _topic, payload in gateway.heard)


def admits(broker: Broker, credential: Credential) -> bool:
    with broker.join(credential) as party:
        return party.let_in


# ------------------------------------------------------------------ check 6: no place is taken


@pytest.mark.parametrize("claimed", ["gateway", GATEWAYS_CLIENT_ID, "dev2", "dashboard"])
def test_a_borrowed_client_id_takes_nobodys_place(
    claimed: str, broker: Broker, gateway: Party
) -> None:
    with (
        broker.join(broker.dev2, client_id="dev2") as dev2,
        broker.join(broker.account("dashboard"), client_id="dashboard") as dashboard,
        broker.join(broker.dev1, client_id=claimed) as thief,
    ):
        assert thief.let_in
        assert thief.publish(topic("dev1", "telemetry"), b"thief " + claimed.encode()) == "Success"
        gateway.hears(topic("dev1", "telemetry"), b"thief " + claimed.encode())
        assert dev2.publish(topic("dev2", "telemetry"), b"still here") == "Success"
        assert dashboard.subscribe("edgetwin/#").startswith("Granted")
        assert not any(party.lost.is_set() for party in (gateway, dev2, dashboard))


def test_a_board_that_connects_twice_replaces_itself(broker: Broker) -> None:
    with broker.join(broker.dev1) as first, broker.join(broker.dev1, client_id="other"):
        until(first.lost.is_set, "the first connection ends")


# ------------------------------------------------------------------ check 7: nothing but its own


@pytest.mark.parametrize(
    "place",
    [
        *(topic("dev1", kind) for kind in MAY_NOT_SAY),
        *(topic("dev2", kind) for kind in MAY_NOT_SAY),
        topic("gateway", "alarm"),
        "$CONTROL/dynamic-security/v1",
        "$SYS/broker/uptime",
        "edgetwin",
        "edgetwin/v1/workshop",
        "anything/else",
    ],
)
def test_a_board_does_not_speak_for_the_gateway(place: str, gateway: Party, dev1: Party) -> None:
    assert dev1.publish(place, b"forged order") == REFUSED
    assert dev1.publish(place, b"forged order", retain=True) == REFUSED
    dev1.publish(topic("dev1", "telemetry"), place.encode())
    gateway.hears(topic("dev1", "telemetry"), place.encode())
    assert all(payload != b"forged order" for _topic, payload in gateway.heard)


@pytest.mark.parametrize("kind", MAY_HEAR)
def test_a_board_hears_what_is_for_it(kind: str, gateway: Party, dev1: Party) -> None:
    dev1.subscribe(topic("dev1", kind))
    assert gateway.publish(topic("dev1", kind), b"for dev1") == "Success"
    dev1.hears(topic("dev1", kind), b"for dev1")


@pytest.mark.parametrize(
    "wanted",
    [
        *("#", "+/#", "edgetwin/#", "edgetwin/v1/workshop/+/+", "edgetwin/v1/workshop/dev2/#"),
        *(topic("dev2", kind) for kind in (*MAY_SAY, *MAY_HEAR, "state")),
        *(topic("dev1", kind) for kind in ("telemetry", "state", "alarm")),
        *("$SYS/#", "$share/group/edgetwin/#", "$CONTROL/#"),
    ],
)
def test_a_board_hears_nothing_else(wanted: str, broker: Broker, gateway: Party) -> None:
    for device in ("dev1", "dev2"):
        gateway.publish(topic(device, "state"), b"kept", retain=True)
    with broker.join(broker.dev1) as dev1, broker.join(broker.dev2) as dev2:
        dev1.subscribe(wanted)
        dev1.subscribe(topic("dev1", "ack"))
        for kind in MAY_SAY:
            assert dev2.publish(topic("dev2", kind)) == "Success"
            assert dev1.publish(topic("dev1", kind)) == "Success"
        for kind in (*MAY_HEAR, "state", "diagnosis", "alarm"):
            assert gateway.publish(topic("dev2", kind)).startswith(("Success", "No matching"))
            assert gateway.publish(topic("dev1", "alarm")).startswith(("Success", "No matching"))
        gateway.publish(topic("dev1", "ack"), b"last")
        dev1.hears(topic("dev1", "ack"), b"last")
        allowed = {topic("dev1", kind) for kind in MAY_HEAR}
        assert {heard for heard, _payload in dev1.heard} <= allowed


def listener(broker: Broker, name: str) -> Credential:
    (reader,) = broker.credentials.add([name], role=Role.READER)
    broker.credentials.reload()
    until(lambda: admits(broker, reader), "the broker knows it")
    return reader


@pytest.mark.parametrize("who", ["dashboard", "laptop"])
def test_who_listens_cannot_speak(who: str, broker: Broker, gateway: Party, dev1: Party) -> None:
    reader = broker.account(who) if who == "dashboard" else listener(broker, who)
    with broker.join(reader) as party:
        party.subscribe("#")
        for device in (who, "dev1", "dev2"):
            for kind in (*MAY_SAY, *MAY_HEAR, "state", "alarm"):
                assert party.publish(topic(device, kind), b"reader") == REFUSED
        dev1.publish(topic("dev1", "telemetry"), b"seen by " + who.encode())
        party.hears(topic("dev1", "telemetry"), b"seen by " + who.encode())
        assert all(heard.startswith("edgetwin/") for heard, _payload in party.heard)
    assert all(payload != b"reader" for _topic, payload in gateway.heard)


# ------------------------------------------------------------------ check 8: planted readings


def test_a_planted_retained_reading_is_stored_at_no_start(broker: Broker) -> None:
    reading = b'{"values":{"temperature":41.2,"rpm":1187,"current":1.08,"vibration":0.82}}'
    place = topic("dev2", "telemetry")
    with broker.join(broker.dev2) as dev2:
        assert dev2.publish(place, reading, retain=True) != REFUSED  # Mosquitto cannot tell
        for count in (1, 2):
            with running_gateway(broker) as url:
                dev2.publish(place, reading)
                until(partial(at_least, url, count), "the live reading")
                assert stored(url) == count
        dev2.publish(place, b"", retain=True)


@contextmanager
def running_gateway(broker: Broker) -> Iterator[str]:
    """The gateway as `make up` starts it, once it hears the broker."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.login", "gateway", sys.executable, "-m", "gateway"]
    environ = broker.environ | {"EDGETWIN_GATEWAY_PORT": str(port), "EDGETWIN_HOST": HOST}
    with (
        (broker.data_dir / "gateway.log").open("ab") as log,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log) as process,
    ):
        try:
            until(lambda: hears(f"http://{HOST}:{port}"), "the gateway hears the broker")
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()


def hears(url: str) -> bool:
    try:
        return bool(
            httpx.get(f"{url}/health", timeout=60).json()["dependencies"]["broker"]["status"]
            == "ok"
        )
    except httpx.HTTPError:
        return False


def at_least(url: str, count: int) -> bool:
    return stored(url) >= count


def stored(url: str) -> int:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    rows = httpx.get(f"{url}/delivery", headers=headers, timeout=60).json()
    return sum(row["stored"] for row in rows if row["device"] == "dev2")


# ------------------------------------------------------------------ check 9: sizes


_20_KB = 20 * 1024


def test_a_packet_of_20_kb_ends_its_connection_and_no_other(broker: Broker, gateway: Party) -> None:
    with broker.join(broker.dev1) as dev1, broker.join(broker.dev2) as dev2:
        assert dev1.publish(topic("dev1", "telemetry"), b"x" * _20_KB) == "lost"
        assert dev2.publish(topic("dev2", "telemetry"), b"still here") == "Success"
    gateway.hears(topic("dev2", "telemetry"), b"still here")
    assert all(len(payload) < _20_KB for _topic, payload in gateway.heard)


def test_a_payload_as_large_as_the_contract_has_it_passes(gateway: Party, dev1: Party) -> None:
    longest = b"x" * 16_384
    assert dev1.publish(topic("dev1", "telemetry"), longest) == "Success"
    gateway.hears(topic("dev1", "telemetry"), longest)


# ------------------------------------------------------------------ the commands


def test_a_board_is_added_renewed_and_removed_while_the_broker_runs(broker: Broker) -> None:
    first = broker.command("device", "add", "press", "--quiet")
    credential = Credential(username="press", password=first.stdout.strip())
    until(lambda: admits(broker, credential), "the broker knows it")

    again = broker.command("device", "add", "press")
    assert again.returncode == 1
    assert "'press' has a login already; --renew gives it a new password." in again.stderr

    with broker.join(credential) as party:
        renewed = broker.command("device", "add", "press", "--renew", "--quiet").stdout.strip()
        until(party.lost.is_set, "the old password's connection ends")
    assert not admits(broker, credential)
    current = Credential(username="press", password=renewed)
    assert admits(broker, current)

    with broker.join(current) as party:
        removed = broker.command("device", "remove", "press", "--login-only")
        assert removed.stdout == "press: removed\nWhoever used it is cut off.\n"
        until(party.lost.is_set, "the removed one's connection ends")
    assert not admits(broker, current)
    assert "press" not in broker.command("device", "list").stdout.split()
    missing = broker.command("device", "remove", "press", "--login-only")
    assert (missing.returncode, missing.stdout) == (1, "")


def test_the_printed_command_can_be_pasted_and_the_printed_site_read(
    broker: Broker, gateway: Party
) -> None:
    printed = broker.command("device", "add", "lathe").stdout
    assert "The running broker knows it." in printed
    (line,) = (line for line in printed.splitlines() if "mosquitto_pub" in line)
    until(lambda: subprocess.run(shlex.split(line), check=False).returncode == 0, "it is taken")
    place = topic("lathe", topics.TELEMETRY)
    until(lambda: any(heard == place for heard, _payload in gateway.heard), "the reading")

    start = printed.index('    site = "')
    site = tomllib.loads(printed[start : printed.index("\n\n", start)])
    assert (site["site"], site["device"]) == (SITE, {"id": "lathe"})
    login = Credential(username=site["broker"]["username"], password=site["broker"]["password"])
    assert (site["broker"]["host"], site["broker"]["port"]) == (HOST, broker.port)
    assert admits(broker, login)


def test_a_reader_listens_with_the_printed_command(broker: Broker, dev1: Party) -> None:
    printed = broker.command("reader", "add", "phone").stdout
    (line,) = (line for line in printed.splitlines() if "mosquitto_sub" in line)
    dev1.publish(topic("dev1", "birth"), b"kept for readers", retain=True)
    command = [*shlex.split(line), "-C", "1", "-W", "60"]
    heard: list[str] = []

    def listened() -> bool:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        heard.append(done.stdout)
        return done.returncode == 0

    until(listened, "a retained message")
    assert heard[-1]


def test_mosquitto_pub_without_a_login_is_refused(broker: Broker) -> None:
    line = ["mosquitto_pub", "-p", str(broker.port), "-t", topic("dev1", "birth"), "-m", "x"]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    assert done.returncode
    assert "not authorised" in done.stderr


def test_the_emulated_devices_have_logins_that_work(broker: Broker) -> None:
    for device in ("fan-01", "fan-02"):
        credential = read_file(spool_file(broker.data_dir, device))
        assert credential is not None
        assert admits(broker, credential)


def test_for_the_emulator_the_login_is_left_beside_the_spool(broker: Broker) -> None:
    done = broker.command("device", "add", "hall-fan-01", "--for-emulator")
    path = spool_file(broker.data_dir, "hall-fan-01")
    credential = read_file(path)
    assert credential is not None
    assert credential.password not in done.stdout
    until(lambda: admits(broker, credential), "the broker knows it")
    broker.command("device", "remove", "hall-fan-01", "--yes")
    assert not path.exists()
