"""A manifest is good once; what was accepted is remembered through restarts and cuts of power."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import release as wire
from firmware.device.accepted import Accepted
from firmware.device.slots import MANIFEST, Slots
from firmware.device.update import Updates
from firmware.release import Release
from tests.firmware.device.spools import workspace
from tests.firmware.update.test_power import (
    EPOCH,
    KEY,
    NEW,
    OLD,
    Disk,
    Post,
    check_whole,
    full,
    install,
    is_cut,
    receive,
)


@pytest.fixture
def start(tmp_path: Path) -> str:
    install(f"{tmp_path}/slot-", OLD)
    return f"{tmp_path}/slot-"


def signed(release: Release, **options: Any) -> dict[str, str]:
    text = release.manifest(device="fan-01", epoch=EPOCH, **options)
    return {"manifest": text, "signature": wire.sign(KEY, text.encode())}


def order(start: str, *orders: dict[str, str]) -> None:
    """Give ``orders`` to the program that runs, as if nobody served their files."""

    async def main() -> None:
        updates = Updates(slots=Slots(start, "a"), key=KEY, device="fan-01")
        updates.join(Post(NEW))
        try:
            for given_order in orders:
                updates.begin(given_order)
        finally:
            updates.stop()

    asyncio.run(main())


def test_a_recorded_manifest_is_worth_nothing_after_use(start: str) -> None:
    recorded = signed(NEW)
    with pytest.raises(ValueError, match="used before: send the release again"):
        order(start, recorded, recorded)
    with pytest.raises(ValueError, match="used before"):
        order(start, recorded)  # the program has started anew, and the epoch, say, did not change
    order(start, signed(NEW))  # the same release, signed anew


def test_one_that_was_refused_was_not_used(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = signed(NEW)
    with monkeypatch.context() as full:
        full.setattr("firmware.device.update._free", lambda _path: 0)
        with pytest.raises(ValueError, match="no space"):
            order(start, recorded)
    order(start, recorded)


def test_an_older_build_of_the_version_that_runs_must_be_forced(start: str) -> None:
    for build in (99, 100):
        again = Release(version=f"{OLD.version}+other", files=OLD.files, build=build)
        with pytest.raises(ValueError, match="must be forced"):
            order(start, signed(again))
        order(start, signed(again, force=True))
    order(start, signed(Release(version=OLD.version, files=OLD.files, build=101)))


def test_what_was_accepted_and_rolled_back_lets_nothing_older_in(start: str) -> None:
    order(start, signed(NEW))
    between = Release(version=NEW.version, files=NEW.files, build=NEW.build - 1)
    with pytest.raises(ValueError, match=r"made before 1\.1\.0, the last one sent"):
        order(start, signed(between))
    order(start, signed(NEW))  # the gateway was down during its trial
    order(start, signed(between, force=True))


def test_what_runs_after_an_update_is_of_its_build(start: str) -> None:
    (answer,) = asyncio.run(receive(start, NEW))
    assert answer["done"]
    assert check_whole(start) == NEW.version
    assert Slots(start, "b").build("b") == NEW.build
    content = json.loads(Path(start + "b", MANIFEST).read_text())
    assert content["nonce"]


def test_what_the_flash_does_not_remember_is_not_carried_out(
    start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.device.slots.open", full, raising=False)
    with pytest.raises(ValueError, match="the flash failed"):
        order(start, signed(NEW))
    assert not Path(start + "b").exists()


def remember(path: str, last: int) -> None:
    Accepted(path).remember(f"new-{last}", version="1.1.0", build=100 + last)


@pytest.mark.parametrize("tear", [False, True])
def test_a_cut_while_it_is_written_leaves_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tear: bool
) -> None:
    path = f"{tmp_path}/slot-accepted"
    for number in range(20):
        Accepted(path).remember(f"old-{number}", version="1.0.0", build=number)
    for last in range(1, 20):
        disk = Disk(last, tear=tear)
        if not is_cut(monkeypatch, disk, partial(remember, path, last)):
            break
        found = Accepted(path)
        assert found.has("old-19")
        assert (found.build == 19) or found.has(f"new-{last}")
    assert Accepted(path).build == 100 + last
    assert last > 3


@given(st.binary(max_size=80) | st.just(b'00000000{"version":1}'))
def test_a_damaged_file_is_as_none(data: bytes) -> None:
    with workspace() as directory:
        (directory / "accepted").write_bytes(data)
        found = Accepted(f"{directory}/accepted")
        assert (found.version, found.build, found.has("x")) == ("", 0, False)
        found.remember("x", version="1.0.0", build=1)
        assert Accepted(f"{directory}/accepted").has("x")
