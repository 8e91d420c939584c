"""What a former program left in the spool is sent after an update, to the byte.

The files were written by the last program that had no events, with what it had sent of them.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from firmware.device import packed, payload, segment
from firmware.device.spool import Spool
from firmware.models import fan
from tests.firmware.device.spools import event

FORMER = Path(__file__).parents[2] / "fixtures" / "former_spool"
KINDS = [("fixed", segment), ("packed", packed)]
READINGS = 80


def spool(directory: Path, store: Any) -> Spool:
    return Spool(
        str(directory),
        layout=payload.layout_of(fan),
        restore=payload.restore,
        random_u32=lambda: 0x77,
        store=store,
        segment_readings=24,
    )


def sent(held: Spool) -> list[str]:
    """The JSON of all that earlier lives left, in its order."""
    lines = []
    for epoch, first, last in held.earlier():
        seq = first
        while seq <= last:
            records, layout = held.read(epoch, seq, 20)
            assert records, f"{epoch} {seq} cannot be read"
            for record in records:
                lines.append(layout.encode(epoch=epoch, seq=seq, record=record))
                seq += 1
    return lines


@pytest.mark.parametrize(("kind", "store"), KINDS)
def test_all_of_it_is_sent_as_the_former_program_would_have(
    tmp_path: Path, kind: str, store: Any
) -> None:
    left = shutil.copytree(FORMER / kind, tmp_path / kind)
    wanted = (left / "sent.jsonl").read_text().splitlines()
    assert len(wanted) == READINGS
    held = spool(left, store)
    assert sent(held) == wanted
    assert held.epoch.endswith("-3")
    for epoch, _first, last in held.earlier():
        held.settle(epoch, last)
    assert list(left.glob("*.seg")) == []
    held.close()


@pytest.mark.parametrize(("kind", "store"), KINDS)
def test_new_items_go_into_files_of_their_own_and_the_old_ones_first(
    tmp_path: Path, kind: str, store: Any
) -> None:
    left = shutil.copytree(FORMER / kind, tmp_path / kind)
    before = {path.name: path.read_bytes() for path in left.glob("*.seg")}
    held = spool(left, store)
    assert held.append(event(1)) == 1
    held.close()
    assert {path.name: path.read_bytes() for path in left.glob("*.seg")} == before
    again = spool(left, store)
    assert again.oldest_epoch != held.epoch
    assert len(sent(again)) == READINGS + 1
    told = json.loads(sent(again)[-1])
    assert (told["epoch"], told["event"]) == (held.epoch, "service")
    again.close()


@pytest.mark.parametrize("kind", ["fixed", "packed"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_former_file_that_is_torn_gives_what_is_sound(
    tmp_path: Path, kind: str, keep: float
) -> None:
    left = shutil.copytree(FORMER / kind, tmp_path / kind)
    wanted = (left / "sent.jsonl").read_text().splitlines()
    path = max(left.glob("*.seg"))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    held = spool(left, segment)
    found = sent(held)
    assert found == wanted[: len(found)]
    assert len(found) >= READINGS - 24
    held.close()
