"""No epoch is ever used twice."""

import itertools
import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.topics import is_name
from firmware.device import incarnation


def counter() -> "itertools.count[int]":
    return itertools.count(0xABCD0000)


def test_each_boot_counts_up_within_one_incarnation(tmp_path: Path) -> None:
    numbers = counter()
    epochs = [incarnation.begin(str(tmp_path), lambda: next(numbers)) for _ in range(5)]
    assert epochs == [f"abcd0000-{boots}" for boots in range(1, 6)]
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,32}", epoch) and is_name(epoch) for epoch in epochs)


@settings(deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 13)), max_size=8))
def test_no_damage_to_the_slots_brings_an_epoch_back(damage: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        numbers = counter()
        seen: list[str] = []
        for slot, length in [*damage, (2, 0)]:
            seen += [incarnation.begin(name, lambda: next(numbers)) for _ in range(2)]
            if slot < 2:
                _cut(Path(name) / ("boot-a", "boot-b")[slot], length)
        assert len(seen) == len(set(seen))


def _cut(path: Path, length: int) -> None:
    if path.exists():
        data = path.read_bytes()
        path.write_bytes((data + b"\x00")[:length])


def test_a_cut_while_the_repair_is_written_is_repaired_too(tmp_path: Path) -> None:
    numbers = counter()
    used = [incarnation.begin(str(tmp_path), lambda: next(numbers)) for _ in range(3)]
    (tmp_path / "boot-a").write_bytes(b"torn")
    old_b = (tmp_path / "boot-b").read_bytes()
    used.append(incarnation.begin(str(tmp_path), lambda: next(numbers)))
    # The repair wrote b first: had the power gone before a, a would still be torn.
    (tmp_path / "boot-a").write_bytes(b"torn")
    assert (tmp_path / "boot-b").read_bytes() != old_b
    used.append(incarnation.begin(str(tmp_path), lambda: next(numbers)))
    assert len(used) == len(set(used))
