"""What describes the tables is damaged: told as such, whatever SQLite makes of it."""

import re
from pathlib import Path

import pytest

from contract.errors import Damaged
from gateway.journal import Journal, JournalReader
from gateway.journal.integrity import examine
from tests.gateway.journal.test_damaged_rows import NO_TEXT, columns, edit, fill
from tests.gateway.rig import Rig


@pytest.fixture
def journal(rig: Rig) -> Path:
    fill(rig)
    rig.reader.close()
    rig.journal.close()
    return rig.directory / "journal.db"


def is_sound(journal: Path) -> bool:
    """Whether it opens and can be read; whatever else than Damaged comes of it fails the test."""
    try:
        opened = Journal(journal)
    except Damaged:
        return False
    reader = JournalReader(journal)
    try:
        list(reader.devices())
        examine(journal, give_up=lambda: False)
    except Damaged:
        return False
    finally:
        reader.close()
        opened.abandon()
    return True


def test_an_untouched_one_is_sound(journal: Path) -> None:
    assert is_sound(journal)


@pytest.mark.slow
def test_a_flipped_byte_in_a_description_opens_or_is_damage(journal: Path) -> None:
    content = journal.read_bytes()
    texts = re.finditer(rb"CREATE (?:TABLE|INDEX)[ -~\n]{20,}", content)
    places = [at for text in texts for at in range(text.start(), text.end(), 5)]
    assert len(places) > 300
    sound = 0
    for at in places:
        journal.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        sound += is_sound(journal)
    assert sound < len(places) / 2  # most are names


def test_a_renamed_column_is_told_even_where_nothing_reads_it(journal: Path) -> None:
    edit(journal, "ALTER TABLE device RENAME COLUMN first_seen_ms TO first_seem_ms")
    with pytest.raises(Damaged, match="its tables are not those"):
        Journal(journal)
    with pytest.raises(Damaged, match="its tables are not those"):
        examine(journal, give_up=lambda: False)


def test_an_index_of_somebody_elses_is_none_of_our_business(journal: Path) -> None:
    edit(journal, "CREATE INDEX mine ON reading(time_ms); CREATE TABLE notes(text)")
    assert is_sound(journal)


def test_a_file_of_another_version_than_it_says_is_damage(journal: Path) -> None:
    edit(journal, "PRAGMA user_version = 0")
    with pytest.raises(Damaged, match="already exists"):
        Journal(journal)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column", "value"), list(columns()))
def test_whatever_a_column_holds_it_opens_or_is_damage(
    journal: Path, table: str, column: str, value: str
) -> None:
    edit(journal, f"UPDATE OR IGNORE {table} SET {column} = {value}")
    assert not is_sound(journal) or value == NO_TEXT


@pytest.mark.parametrize("at", ["twin SET folded_id", "minute SET revision"])
def test_a_number_that_is_none_is_damage_at_the_opening(journal: Path, at: str) -> None:
    edit(journal, f"UPDATE {at} = 'x'")
    with pytest.raises(Damaged, match="a number in it is none"):
        Journal(journal)


def test_a_reader_that_meets_other_tables_says_so(rig: Rig) -> None:
    edit(rig.directory / "journal.db", "ALTER TABLE device RENAME COLUMN counts TO county")
    with pytest.raises(Damaged, match="no such column"):
        list(rig.reader.devices())


def test_a_reading_without_its_epoch_is_damage(rig: Rig) -> None:
    with pytest.raises(Damaged, match="an epoch of stored readings is missing"):
        rig.reader.epoch(7)
