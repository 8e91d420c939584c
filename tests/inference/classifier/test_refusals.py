"""A model that was not good enough is not served, and who asks reads why."""

from pathlib import Path

import pytest

from inference.classifier import refusals
from inference.classifier.manifest import MANIFEST, read
from inference.classifier.refusals import Refusal
from inference.errors import Refused
from inference.serving.registry import Registry

REFUSAL = Refusal(
    sentence="its macro-F1 is 0.59, below 0.9 (--least-f1)",
    macro_f1=0.59,
    false_alarms_per_hour=0.0,
    classes={"normal": 0.8},
)


def test_whoever_asks_for_it_reads_why_there_is_none(tmp_path: Path) -> None:
    refusals.note(tmp_path, REFUSAL)
    with pytest.raises(Refused, match=r"not good enough: its macro-F1 is 0\.59, below 0\.9"):
        read(tmp_path, asset="fan")
    refusals.forget(tmp_path)
    assert refusals.read(tmp_path) is None


def test_a_refusal_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / refusals.REFUSAL).write_text("{")
    assert refusals.read(tmp_path) is None


def test_the_service_says_of_the_type_what_was_refused(own_models: Path) -> None:
    (own_models / "fan" / MANIFEST).unlink()
    refusals.note(own_models / "fan", REFUSAL)
    state = Registry(own_models).states()["fan"]
    assert isinstance(state, Refused)
    assert "0.59" in str(state)
