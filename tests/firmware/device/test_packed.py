"""Packed segments: any readings come back, any damage costs what lies behind it and no more."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import packed, payload, segment
from firmware.device.spool import Spool
from firmware.models import fan
from tests.firmware.device import items

LAYOUT = payload.layout_of(fan)
A_DAY_S = 86_400
FLASH_BLOCK = 4096


def readings(count: int, *, period_ms: int = 1000) -> list[bytes]:
    machine = fan.Machine(3)
    return [
        LAYOUT.pack(
            time_ms=1_763_629_200_000 + i * period_ms + i * 7 % 3,
            values=machine.step(period_ms / 1000),
            truth=machine.truth,
        )
        for i in range(count)
    ]


@pytest.mark.slow
@given(st.lists(items.RECORDS, min_size=1, max_size=packed.MOST_A_BLOCK))
def test_any_items_come_back(records: list[bytes]) -> None:
    assert [items.LAYOUT.record(*items.LAYOUT.fields(record)) for record in records] == records
    back: list[bytes] = []
    while len(back) < len(records):
        data, count = packed.pack(records, len(back), items.LAYOUT)
        assert count > 0
        back += packed.unpack(data, count, items.LAYOUT)
    assert back == records


def test_a_block_of_long_events_stays_small(tmp_path: Path) -> None:
    long = payload.event(time_ms=1, name="note", values={f"w{i}": "x" * 64 for i in range(20)})
    made = packed.create(str(tmp_path / "x"), epoch="abc-1", first=1, layout=items.LAYOUT)
    made.append([long] * 100)
    made.close()
    found = packed.recover(str(tmp_path / "x"), payload.restore)
    assert found.count == 100
    assert found.read(99, 20) == [long] * 2
    assert 1 <= len(found.read(1, 20)) <= 2048 // len(long) + 1


def write(path: Path, batches: list[list[bytes]], *, first: int = 5) -> None:
    made = packed.create(str(path), epoch="abc-1", first=first, layout=LAYOUT)
    for batch in batches:
        made.append(batch)
    made.close()


def test_a_segment_is_read_from_anywhere(tmp_path: Path) -> None:
    records = readings(300)
    write(tmp_path / "x", [records[:200], records[200:201], records[201:]])
    found = packed.recover(str(tmp_path / "x"), payload.restore)
    assert (found.epoch, found.first, found.last, found.count) == ("abc-1", 5, 304, 300)
    for seq in range(5, 305):
        part = found.read(seq, 20)
        assert part
        assert part == records[seq - 5 : seq - 5 + len(part)]
    whole: list[bytes] = []
    while len(whole) < 300:
        whole += found.read(5 + len(whole), 20)
    assert whole == records


def test_power_may_go_at_any_byte(tmp_path: Path) -> None:
    records = readings(150)
    path = tmp_path / "x"
    write(path, [records[:64], records[64:70], records[70:]])
    data = path.read_bytes()
    counts = set()
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        found = packed.recover(str(path), payload.restore)
        count = found.count if found else 0
        counts.add(count)
        if count:
            assert found.read(5 + count - 1, 9) == records[count - 1 : count]
            assert found.read(5 + count, 9) == []
    assert counts == {0, 64, 70, 134, 150}


def test_any_flipped_bit_is_noticed(tmp_path: Path) -> None:
    records = readings(20)
    path = tmp_path / "x"
    write(path, [records[:10], records[10:]])
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :])
        found = packed.recover(str(path), payload.restore)
        for seq in range(5, 5 + (found.count if found else 0)):
            part = found.read(seq, 20)
            assert part == records[seq - 5 : seq - 5 + len(part)]
        assert found is None or found.count < 20


def test_a_block_damaged_later_gives_nothing_instead_of_rubbish(tmp_path: Path) -> None:
    records = readings(20)
    path = tmp_path / "x"
    write(path, [records[:10], records[10:]])
    found = packed.recover(str(path), payload.restore)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
    assert found.read(15, 5) == []
    assert found.read(5, 5) == records[:5]


def test_it_is_no_segment_of_the_other_kind(tmp_path: Path) -> None:
    write(tmp_path / "x", [readings(3)])
    assert segment.recover(str(tmp_path / "x"), payload.restore) is None


def spool(directory: Path, drawn: int = 7) -> Spool:
    return Spool(
        str(directory),
        layout=LAYOUT,
        restore=payload.restore,
        random_u32=lambda: drawn,
        store=packed,
        flush_every=packed.MOST_A_BLOCK,
        segment_readings=1024,
        max_segments=90,
    )


def test_a_day_at_1_hz_fits_beside_two_programs_in_2_mb(tmp_path: Path) -> None:
    """The generic ESP32 image has a file system of 2 MB; littlefs gives a file whole blocks."""
    records = readings(A_DAY_S // 6)
    held = spool(tmp_path)
    for _ in range(6):
        for record in records:
            held.append(record)
    held.close()
    blocks = [-(-path.stat().st_size // FLASH_BLOCK) + 1 for path in tmp_path.glob("*.seg2")]
    assert sum(blocks) * FLASH_BLOCK < 1_500_000
    assert held.evicted == 0
    assert held.oldest(held.epoch) == 1
    again = spool(tmp_path)
    assert again.oldest_epoch == held.epoch
    assert (again.oldest(held.epoch), again.last(held.epoch)) == (1, A_DAY_S)
    middle = A_DAY_S // 2
    part, layout = again.read(held.epoch, middle, 20)
    assert part[0] == records[(middle - 1) % len(records)]
    assert layout.columns == LAYOUT.columns
    again.close()


def test_what_is_settled_in_time_never_touches_the_flash(tmp_path: Path) -> None:
    held = spool(tmp_path)
    for record in readings(5000):
        held.settle(held.epoch, held.append(record) - 20)
    assert list(tmp_path.glob("*.seg2")) == []
    held.settle(held.epoch, held.last_seq)
    held.close()
    assert list(tmp_path.glob("*.seg2")) == []


def test_a_full_ring_gives_up_the_oldest_and_says_so(tmp_path: Path) -> None:
    held = spool(tmp_path)
    records = readings(200)
    for number in range(100 * 1024):
        held.append(records[number % 200])
    assert len(list(tmp_path.glob("*.seg2"))) <= 90
    assert held.gone[held.epoch] == held.oldest(held.epoch) - 1
    assert held.evicted == held.oldest(held.epoch) - 1
    held.close()


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31), 2**48])
def test_varints(value: int) -> None:
    out = bytearray()
    packed.put(out, value)
    assert packed.get(bytes(out), 0) == (value, len(out))
