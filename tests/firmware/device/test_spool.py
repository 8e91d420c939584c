"""An accepted reading is found again wherever the power was cut, until settled or evicted."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import packed, segment
from firmware.device.spool import Spool
from tests.firmware.device.spools import contents, copied, event, open_spool, record, workspace

OPERATIONS = st.lists(
    st.one_of(
        st.just(("append", 0)),
        st.just(("event", 0)),
        st.tuples(st.just("settle"), st.integers(0, 40)),
        st.just(("restart", 0)),
        st.just(("crash", 0)),
    ),
    max_size=40,
)


def test_readings_come_back_in_order_and_settled_files_go(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    assert [spool.append(record(i)) for i in range(1, 51)] == list(range(1, 51))
    got, _layout = spool.read(spool.epoch, 1, 4)
    assert got == [record(i) for i in range(1, 5)]
    spool.settle(spool.epoch, 47)
    assert spool.oldest(spool.epoch) == 48
    assert len(list(tmp_path.glob("*.seg2"))) <= 2
    spool.settle(spool.epoch, 50)
    spool.close()
    assert list(tmp_path.glob("*.seg2")) == []


@settings(deadline=None, max_examples=60)
@given(operations=OPERATIONS)
def test_accepted_and_unsettled_is_there_after_a_crash_between_any_two_operations(
    operations: list[tuple[str, int]],
) -> None:
    with workspace() as root:
        spool = open_spool(root / "spool")
        held: dict[tuple[str, int], bytes] = {}
        for step, (what, number) in enumerate(operations):
            spool = _operate(spool, what, number, held, root / "spool")
            after_a_crash = copied(root / "spool", root / f"crash-{step}")
            found = contents(open_spool(after_a_crash))
            assert held.items() <= found.items()


def _operate(
    spool: Spool, what: str, number: int, held: dict[tuple[str, int], bytes], directory: Path
) -> Spool:
    if what in ("append", "event"):
        number += len(held)
        value = record(number) if what == "append" else event(number)
        held[(spool.epoch, spool.append(value))] = value
    elif what == "settle":
        epoch = spool.oldest_epoch
        upto = min(number, spool.last(epoch))
        spool.settle(epoch, upto)
        for key in [key for key in held if key[0] == epoch and key[1] <= upto]:
            del held[key]
    else:
        if what == "restart":
            spool.close()
        return open_spool(directory)
    return spool


@pytest.mark.parametrize("readings", [1, 3, 4, 5, 9])
def test_a_file_cut_at_any_byte_keeps_every_whole_record(tmp_path: Path, readings: int) -> None:
    spool = open_spool(tmp_path / "whole", segment_readings=100)
    for value in range(readings):
        spool.append(record(value))
    epoch, (path,) = spool.epoch, list((tmp_path / "whole").glob("*.seg2"))
    data = path.read_bytes()
    frame = 9 + len(record(0))
    start = len(data) - readings * frame
    for length in range(len(data) + 1):
        cut = copied(tmp_path / "whole", tmp_path / f"cut-{length}")
        (cut / path.name).write_bytes(data[:length])
        again = open_spool(cut)
        whole = max(0, (length - start) // frame)
        found = contents(again)
        assert found == {(epoch, i + 1): record(i) for i in range(whole)}
        again.append(record(7))
        assert again.epoch != epoch


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=150)
def test_a_flipped_bit_is_never_served(at: int, bit: int) -> None:
    with workspace() as root:
        directory = root / "spool"
        spool = open_spool(directory, segment_readings=100)
        truth = {}
        for value in range(20):
            truth[(spool.epoch, spool.append(record(value)))] = record(value)
        (path,) = directory.glob("*.seg2")
        data = bytearray(path.read_bytes())
        data[at % len(data)] ^= 1 << bit
        path.write_bytes(data)
        found = contents(open_spool(directory))
        assert found.items() <= truth.items()
        in_header = at % len(data) < len(data) - 20 * (9 + len(record(0)))
        assert len(found) == (0 if in_header else 19)


def test_a_full_ring_gives_up_its_oldest_and_says_what_went(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, max_segments=3)
    for value in range(1, 21):
        spool.append(record(value))
    assert len(list(tmp_path.glob("*.seg2"))) == 3
    assert spool.oldest(spool.epoch) == 9
    assert spool.evicted == 8
    assert spool.gone == {spool.epoch: 8}
    assert sorted(seq for _epoch, seq in contents(spool)) == list(range(9, 21))


def test_an_older_epoch_goes_first_and_is_not_appended_to(tmp_path: Path) -> None:
    first = open_spool(tmp_path)
    for value in range(3):
        first.append(record(value))
    second = open_spool(tmp_path)
    assert second.oldest_epoch == first.epoch
    assert second.append(record(9)) == 1
    assert second.earlier() == [(first.epoch, 1, 3)]
    second.settle(first.epoch, 3)
    assert second.oldest_epoch == second.epoch
    assert second.earlier() == []


def test_settling_beyond_the_last_reading_frees_nothing_to_come(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.append(record(1))
    spool.settle(spool.epoch, 1000)
    assert spool.append(record(2)) == 2
    assert spool.oldest(spool.epoch) == 2
    assert spool.read(spool.epoch, 2, 1)[0] == [record(2)]


def test_write_behind_spares_the_flash_what_is_settled_in_time(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, segment_readings=50, flush_every=10)
    for value in range(1, 200):
        seq = spool.append(record(value))
        if seq % 5 == 0:
            spool.settle(spool.epoch, seq)
    assert list(tmp_path.glob("*.seg2")) == []
    assert spool.read(spool.epoch, 196, 4)[0] == [record(value) for value in range(196, 200)]


def test_write_behind_brings_a_backlog_to_the_files(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, segment_readings=50, flush_every=10)
    for value in range(1, 96):
        spool.append(record(value))
    found = contents(open_spool(copied(tmp_path, tmp_path.with_name("crash"))))
    assert sorted(seq for _epoch, seq in found) == list(range(1, 91))
    spool.close()
    found = contents(open_spool(tmp_path))
    assert sorted(seq for _epoch, seq in found) == list(range(1, 96))


def test_a_disk_that_takes_nothing_costs_memory_within_bounds_and_then_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = open_spool(tmp_path)
    full = True

    def append(self: segment.Segment, records: list[bytes]) -> None:
        if full:
            raise OSError(28, "No space left on device")
        real_append(self, records)

    real_append = segment.Segment.append
    monkeypatch.setattr(segment.Segment, "append", append)
    for value in range(1, 1001):
        spool.append(record(value))
    held = contents(spool)
    assert 200 <= len(held) <= 256
    assert max(seq for _epoch, seq in held) == 1000
    full = False
    for value in range(1001, 1101):
        spool.append(record(value))
    spool.close()
    after = sorted(seq for _epoch, seq in contents(open_spool(tmp_path)))
    assert after[-1] == 1100
    assert after == list(range(after[0], 1101))


@contextmanager
def files_of_at_most(count: int) -> Iterator[None]:
    """Every write beyond ``count`` bytes of a file fails, and so does the close after it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


STORES = [(segment, 1), (packed, 64)]


@pytest.mark.parametrize(("store", "flush_every"), STORES)
@pytest.mark.parametrize("most_bytes", [0, 20, 150, 700])
def test_a_disk_that_is_really_full_ends_nothing_and_what_it_cost_is_counted(
    tmp_path: Path, store: Any, flush_every: int, most_bytes: int
) -> None:
    spool = open_spool(
        tmp_path, store=store, flush_every=flush_every, segment_readings=512, max_segments=3
    )
    with files_of_at_most(most_bytes):
        for value in range(1, 3001):
            assert spool.append(record(value * 7919 % 1000)) == value
        held = contents(spool)
        assert (spool.epoch, 3000) in held
        assert spool.evicted == 3000 - len(held)
        assert len(list(tmp_path.glob("*.seg2"))) <= 3
        spool.close()


def test_what_was_settled_is_not_counted_as_evicted(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, max_segments=2)
    for value in range(1, 9):
        spool.append(record(value))
    spool.settle(spool.epoch, 3)
    spool.append(record(9))
    assert spool.oldest(spool.epoch) == 5
    assert spool.evicted == 1


def test_foreign_files_and_empty_ones_do_not_stop_the_board(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "zebra.seg2").write_text("not a segment")
    (tmp_path / "00000003.seg2").write_bytes(b"")
    spool = open_spool(tmp_path)
    assert spool.append(record(1)) == 1
    assert spool.earlier() == []
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize("options", [{"max_segments": 1}, {"flush_every": 0}, {"flush_every": 5}])
def test_options_that_contradict_each_other_are_refused(
    tmp_path: Path, options: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match="segments"):
        open_spool(tmp_path, **options)
