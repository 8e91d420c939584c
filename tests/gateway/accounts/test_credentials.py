"""Credentials: Mosquitto's own hashes, names that mean themselves, files that survive a crowd."""

import random
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Conflict, NotFound, Unavailable
from contract.topics import NAME_PATTERN, is_name
from gateway.accounts import rights
from gateway.accounts.credentials import (
    ACCOUNTS,
    Credential,
    Credentials,
    read_file,
    spool_file,
)
from gateway.accounts.password_hash import hashed, matches
from gateway.accounts.rights import Role


def credentials(data_dir: Path) -> Credentials:
    return Credentials(data_dir, site="workshop")


def kept(data_dir: Path) -> dict[str, str]:
    lines = (data_dir / "broker" / "passwords").read_text().splitlines()
    return {name: value for name, _, value in (line.partition(":") for line in lines)}


# HMAC fills a short key up with NUL (RFC 2104), so two passwords may differ in final NULs only.
TYPED = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(password=TYPED, other=TYPED)
def test_a_hash_fits_its_password_and_no_other(password: str, other: str) -> None:
    assert matches(password, hashed(password))
    assert matches(other, hashed(password)) == (other == password)


@pytest.mark.broker
def test_mosquittos_own_program_makes_the_same_hash(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    line = ["mosquitto_passwd", "-c", "-b", str(file), "dev1", "a 'quoted' päss"]
    subprocess.run(line, check=True, capture_output=True)
    assert matches("a 'quoted' päss", file.read_text().strip().partition(":")[2])


@pytest.mark.parametrize("text", ["", "plain", "$7$101$", "$6$salt$hash", "$7$1$2$3$4"])
def test_what_is_no_hash_fits_nothing(text: str) -> None:
    assert not matches("", text)


def test_two_hashes_of_one_password_differ() -> None:
    assert hashed("x") != hashed("x")


def test_a_second_add_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    (first,) = credentials(tmp_path).add(["dev1"], role=Role.DEVICE)
    with pytest.raises(Conflict, match="--renew"):
        credentials(tmp_path).add(["dev2", "dev1"], role=Role.DEVICE)
    assert kept(tmp_path).keys() == {"dev1"}
    assert matches(first.password, kept(tmp_path)["dev1"])


def test_renew_replaces_the_password(tmp_path: Path) -> None:
    (first,) = credentials(tmp_path).add(["dev1"], role=Role.DEVICE)
    (second,) = credentials(tmp_path).add(["dev1"], role=Role.DEVICE, renew=True)
    assert not matches(first.password, kept(tmp_path)["dev1"])
    assert matches(second.password, kept(tmp_path)["dev1"])


@pytest.mark.parametrize("renew", [True, False])
def test_a_board_does_not_become_a_reader(tmp_path: Path, *, renew: bool) -> None:
    credentials(tmp_path).add(["dev1"], role=Role.DEVICE)
    with pytest.raises(Conflict, match="'dev1' is the name of a device"):
        credentials(tmp_path).add(["dev1"], role=Role.READER, renew=renew)


def test_a_removed_reader_leaves_no_right_behind(tmp_path: Path) -> None:
    credentials(tmp_path).add(["laptop"], role=Role.READER)
    credentials(tmp_path).remove(["laptop"], role=Role.READER)
    credentials(tmp_path).add(["laptop"], role=Role.DEVICE)
    assert credentials(tmp_path).names(Role.DEVICE) == ["laptop"]
    assert "laptop" not in (tmp_path / "broker" / "acl").read_text()


@pytest.mark.parametrize("name", ["dev2", "laptop", "gateway"])
def test_what_is_not_there_cannot_be_removed(tmp_path: Path, name: str) -> None:
    store = credentials(tmp_path)
    store.own("gateway")
    store.add(["laptop"], role=Role.READER)
    store.add(["dev1"], role=Role.DEVICE)
    before = kept(tmp_path)
    with pytest.raises(NotFound, match=name):
        store.remove(["dev1", name], role=Role.DEVICE)
    assert kept(tmp_path) == before


@pytest.mark.parametrize("account", ACCOUNTS)
def test_our_own_login_is_the_same_at_every_start(tmp_path: Path, account: str) -> None:
    first = credentials(tmp_path).own(account)
    line = kept(tmp_path)[account]
    assert credentials(tmp_path).own(account) == first
    assert kept(tmp_path)[account] == line
    assert account not in credentials(tmp_path).names(Role.DEVICE)


def test_a_lost_password_file_is_made_again_from_what_the_processes_hold(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    own = store.own("gateway")
    store.emulate(["fan-01"])
    (tmp_path / "broker" / "passwords").unlink()
    store.own("gateway")
    assert store.emulate(["fan-01"]) == []
    emulated = read_file(spool_file(tmp_path, "fan-01"))
    assert emulated is not None
    for credential in (own, emulated):
        assert matches(credential.password, kept(tmp_path)[credential.username])


def test_a_boards_login_is_never_taken_over_by_the_emulator(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    store.emulate(["fan-01", "fan-02"])
    (board,) = store.add(["fan-01"], role=Role.DEVICE, renew=True)
    assert store.emulate(["fan-01", "fan-02"]) == ["fan-01"]
    assert matches(board.password, kept(tmp_path)["fan-01"])
    (again,) = store.add(["fan-01"], role=Role.DEVICE, renew=True, for_emulator=True)
    assert read_file(spool_file(tmp_path, "fan-01")) == again
    assert store.emulate(["fan-01"]) == []


def test_an_operator_may_change_the_password_and_leave(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    for password in ("one", "two"):
        store.keep_operator(Credential(username="me", password=password))
        assert matches(password, kept(tmp_path)["me"])
    store.keep_operator(Credential(username="you", password="three"))
    assert kept(tmp_path).keys() == {"you"}
    store.keep_operator(None)
    assert not kept(tmp_path)


def test_many_at_once_lose_none(tmp_path: Path) -> None:
    names = [f"dev{number}" for number in range(40)]

    def add(name: str) -> None:
        credentials(tmp_path).add([name], role=Role.DEVICE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, names))
    assert credentials(tmp_path).names(Role.DEVICE) == sorted(names)


def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; os.umask(0);"
        "from gateway.accounts.credentials import Credentials;"
        "from gateway.accounts.rights import Role;"
        "store = Credentials(Path(sys.argv[1]), site='workshop'); store.own('gateway');"
        "store.add(['fan-01'], role=Role.DEVICE, for_emulator=True)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert stat.S_IMODE((tmp_path / "broker").stat().st_mode) == 0o700
    secret = [spool_file(tmp_path, "fan-01"), tmp_path / "broker" / "accounts" / "gateway"]
    for path in (*secret, tmp_path / "broker" / "passwords", tmp_path / "broker" / "acl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_directory_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("")
    with pytest.raises(Unavailable, match=str(tmp_path / "broker")):
        credentials(tmp_path).add(["dev1"], role=Role.DEVICE)


NAMES = st.from_regex(NAME_PATTERN, fullmatch=True)


@given(roles=st.dictionaries(NAMES, st.sampled_from([Role.READER, Role.WRITER])))
def test_rights_are_read_back_as_they_were_written(roles: dict[str, Role]) -> None:
    assert rights.roles(rights.acl(site="workshop", roles=roles)) == roles


@given(name=st.one_of(st.text(), NAMES))
def test_a_name_that_passes_adds_no_line_and_no_joker(name: str) -> None:
    if is_name(name):
        text = rights.acl(site="workshop", roles={name: Role.READER})
        assert len(text.splitlines()) == len(rights.acl(site="workshop", roles={}).splitlines()) + 5
        assert not set(name) & set("+#/%:$ ")


def test_a_process_that_is_no_broker_is_told_nothing(tmp_path: Path) -> None:
    store = credentials(tmp_path)
    store.own("gateway")
    assert not store.reload()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "broker" / "mosquitto.pid").write_text(str(other.pid))
        assert not store.reload()
        assert other.poll() is None


def test_a_relative_data_directory_finds_its_running_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``EDGETWIN_DATA_DIR=var`` is the default; the broker is started with the absolute path."""
    monkeypatch.chdir(tmp_path)
    store = Credentials(Path("var"), site="workshop")
    store.own("gateway")
    configuration = tmp_path / "var" / "broker" / "mosquitto.conf"
    # Under `nohup` a child starts with SIGHUP ignored, as no Mosquitto leaves it.
    obeys = "signal.signal(signal.SIGHUP, signal.SIG_DFL); print('ready', flush=True)"
    program = f"import signal; {obeys}; signal.pause()"
    sleeps = [sys.executable, "-c", program, str(configuration)]
    with subprocess.Popen(sleeps, stdout=subprocess.PIPE, text=True) as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline() == "ready\n"
        (configuration.parent / "mosquitto.pid").write_text(str(broker.pid))
        assert store.reload()
        assert broker.wait(timeout=30) == -signal.SIGHUP


@pytest.mark.parametrize("is_emptied", [False, True])
def test_a_lost_folder_comes_back_with_every_login(tmp_path: Path, is_emptied: bool) -> None:  # noqa: FBT001
    logins = credentials(tmp_path)
    own = {account: logins.own(account) for account in ACCOUNTS}
    logins.add(["fan-01"], role=Role.DEVICE)
    logins.add(["ann"], role=Role.READER)
    before = kept(tmp_path)
    rules = (tmp_path / "broker" / "acl").read_text()
    if is_emptied:
        for name in ("passwords", "acl"):
            (tmp_path / "broker" / name).write_text("")
    else:
        shutil.rmtree(tmp_path / "broker")
    assert {account: logins.own(account) for account in ACCOUNTS} == own
    assert kept(tmp_path) == before
    assert (tmp_path / "broker" / "acl").read_text() == rules
    assert logins.names(Role.READER) == ["ann"]


@pytest.mark.parametrize("name", ["passwords", "acl"])
@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[: len(content) * 2 // 3],
        lambda content: content[:-2],
        lambda content: content[:100] + random.Random(1).randbytes(60) + content[160:],
        lambda content: bytes(len(content)),
        lambda _: b"nothing of this is ours\n",
    ],
    ids=["cut", "cut short", "flipped", "zeros", "another"],
)
def test_a_damaged_file_costs_no_login(
    tmp_path: Path, name: str, damaged: Callable[[bytes], bytes]
) -> None:
    logins = credentials(tmp_path)
    logins.add(["fan-01", "fan-02", "fan-03"], role=Role.DEVICE)
    logins.add(["ann"], role=Role.READER)
    folders = [tmp_path / folder for folder in ("broker", "logins")]
    before = [(folder / name).read_bytes() for folder in folders]
    (folders[0] / name).write_bytes(damaged(before[0]))
    logins.own("gateway")  # as at each start
    logins.add(["fan-04"], role=Role.DEVICE)
    assert logins.names(Role.DEVICE) == ["fan-01", "fan-02", "fan-03", "fan-04"]
    assert logins.names(Role.READER) == ["ann"]
    for line in before[0].splitlines():
        assert line in (folders[1] / name).read_bytes()


def test_what_somebody_changed_by_hand_stands(tmp_path: Path) -> None:
    """With Mosquitto's own tool, or for another site."""
    credentials(tmp_path).add(["fan-01", "fan-02"], role=Role.DEVICE)
    credentials(tmp_path).add(["ann"], role=Role.READER)
    passwords = tmp_path / "broker" / "passwords"
    lines = passwords.read_text().splitlines(keepends=True)
    passwords.write_text("".join(line for line in lines if not line.startswith("fan-02:")))
    logins = Credentials(tmp_path, site="another")
    assert logins.names(Role.DEVICE) == ["fan-01"]
    assert logins.names(Role.READER) == ["ann"]
    assert "fan-02" not in (tmp_path / "logins" / "passwords").read_text()


def test_the_copy_is_as_private_and_forgets_as_well(tmp_path: Path) -> None:
    logins = credentials(tmp_path)
    logins.own("gateway")
    logins.add(["fan-01"], role=Role.DEVICE)
    logins.remove(["fan-01"], role=Role.DEVICE)
    shutil.rmtree(tmp_path / "broker")
    assert logins.names(Role.DEVICE) == []
    for path in (tmp_path / "logins").rglob("*"):
        assert path.is_dir() or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logins").stat().st_mode) == 0o700
