"""What arrives from the broker is believed to be nothing in particular: it ends no session."""

import asyncio
import json
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.device.slots import Slots
from firmware.device.update import Updates
from firmware.emulator.audit import Audit
from firmware.models import fan
from tests.firmware.device.spools import workspace
from tests.firmware.device.test_app import Rig, play
from tests.firmware.device.virtual import until


def test_an_id_of_more_than_64_characters_is_neither_kept_nor_answered(tmp_path: Path) -> None:
    async def long(rig: Rig) -> None:
        await asyncio.sleep(1)
        command = {"name": "identify", "args": {}, "expires_ms": 2**45}
        for number in range(40):
            rig.broker.send("command", {**command, "id": f"{number:065d}"})
        rig.broker.send("command", {**command, "id": "9" * 64})
        await asyncio.sleep(1)
        assert rig.board.said.count("here I am") == 1
        assert [json.loads(result)["id"] for result in rig.of_kind("result")] == ["9" * 64]

    play(tmp_path, long)


def test_expires_ms_is_a_time_and_no_yes(tmp_path: Path) -> None:
    async def moment(rig: Rig) -> None:
        await asyncio.sleep(1)
        rig.board.clock_set = False
        command = {"id": "a", "name": "identify", "expires_ms": True}
        rig.broker.send("command", command)
        await asyncio.sleep(1)
        assert "expires_ms must be an integer" in str(rig.of_kind("result")[0])

    play(tmp_path, moment)


def test_a_message_too_large_to_unpack_is_rubbish_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 KB of brackets become more lists than a board's heap holds; a host has room for them."""

    def loads(_payload: bytes) -> object:
        raise MemoryError("memory allocation failed")

    async def large(rig: Rig) -> None:
        await asyncio.sleep(1)
        with monkeypatch.context() as patched:
            patched.setattr("firmware.device.commands.json", SimpleNamespace(loads=loads))
            patched.setattr("firmware.device.payload.json", SimpleNamespace(loads=loads))
            for kind in ("command", "desired", "ack"):
                rig.broker.send(kind, None, raw=b"[" * 3000)
            await asyncio.sleep(0.1)
        await asyncio.sleep(5)

    rig = play(tmp_path, large)
    assert len(rig.broker.sessions) == 1


NUMBERS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.integers(300, 4000).map(lambda many: 10**many)
)
TEXTS = st.text(st.characters(), max_size=80)  # halves of surrogate pairs among them
ANYTHING = st.recursive(
    NUMBERS | TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ORDERS = ("inject_fault", "clear_fault", "set_rate", "set_point", "identify", "update")


def one_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Objects with some of ``fields``, each as it should be or anything at all."""
    optional = {name: right | ANYTHING for name, right in fields.items()}
    return st.fixed_dictionaries({}, optional=optional).map(
        lambda found: json.dumps(found).encode()
    )


ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "fault": st.sampled_from(fan.FAULTS) | ANYTHING,
        "rate_hz": st.floats(5, 10) | ANYTHING,
        "set_point": st.floats(600, 1600) | ANYTHING,
        "manifest": TEXTS | ANYTHING,
        "signature": TEXTS | ANYTHING,
    },
)
MESSAGES = st.one_of(
    st.tuples(
        st.just("command"),
        one_of(
            id=TEXTS,
            name=st.sampled_from(ORDERS),
            args=ARGUMENTS,
            expires_ms=st.just(2**45) | NUMBERS,
        ),
    ),
    st.tuples(st.just("desired"), one_of(rate_hz=NUMBERS, set_point=NUMBERS)),
    st.tuples(st.just("ack"), one_of(epoch=TEXTS, seq=NUMBERS)),
    st.tuples(
        st.sampled_from(["command", "desired", "ack", "chunk", "state", ""]),
        st.binary(max_size=60)
        | ANYTHING.map(lambda found: json.dumps(found).encode())
        | st.integers(1, 3000).map(lambda deep: b'{"id":' * deep)
        | st.integers(1, 9000).map(lambda deep: b"[" * deep + b"]" * deep),
    ),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(messages=st.lists(MESSAGES, max_size=12))
@example(messages=[("ack", b'{"epoch":"\\ud800","seq":1}')])
@example(messages=[("command", b'{"id":"\\udfff","name":"\\ud800","expires_ms":9e9}')])
@example(messages=[("desired", b'{"rate_hz":' + b"9" * 400 + b"}")])
def test_nothing_that_arrives_ends_the_session_or_the_device(
    messages: list[tuple[str, bytes]],
) -> None:
    async def fuzz(rig: Rig) -> None:
        await until(lambda: bool(rig.broker.watermark))
        for kind, payload in messages:
            rig.broker.send(kind, None, raw=payload)
        await asyncio.sleep(1)
        before = rig.device.spool.last_seq
        await asyncio.sleep(12)
        assert rig.device.spool.last_seq > before
        assert len(rig.broker.sessions) == 1

    with workspace() as directory:
        updates = Updates(slots=Slots(f"{directory}/slot-", "a"), key=bytes(32), device="fan-01")
        with closing(Audit(directory / "audit.jsonl")) as journal:
            play(directory, fuzz, updates=updates, journal=journal)
