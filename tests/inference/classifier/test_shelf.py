"""Models on a shelf: another is taken or put back in one step, and what judged before is kept."""

import shutil
from pathlib import Path

import msgspec
import pytest

from contract.assets.words import Asset
from inference.classifier import history, shelf
from inference.classifier.manifest import (
    BASELINE,
    CARD,
    KEPT,
    MANIFEST,
    ONNX,
    Baseline,
    Manifest,
    model_name,
    read,
    sha256,
)
from inference.classifier.model import load
from inference.errors import ModelUnusable, NotOnShelf
from inference.serving.registry import Registry


def another(source: Path, directory: Path, number: float) -> str:
    """A model that differs from the one in ``source`` by the limit of unknown; its name."""
    shutil.copytree(source, directory, ignore=shutil.ignore_patterns(KEPT, shelf.NEXT, ".*"))
    manifest = read(directory, asset="fan")
    baseline = msgspec.json.decode((directory / BASELINE).read_bytes(), type=Baseline)
    changed = msgspec.json.encode(msgspec.structs.replace(baseline, limit=baseline.limit * number))
    (directory / BASELINE).write_bytes(changed)
    (directory / CARD).write_text(f"card {number}")
    files = manifest.files | {BASELINE: sha256(changed), CARD: sha256(f"card {number}".encode())}
    name = model_name("fan", onnx=(directory / ONNX).read_bytes(), baseline=changed)
    renamed = msgspec.structs.replace(manifest, model=name, files=files)
    (directory / MANIFEST).write_bytes(msgspec.json.encode(renamed))
    return name


def names(directory: Path) -> list[tuple[str, str]]:
    return [(one.state, one.model) for one in shelf.on_shelf(directory, asset="fan")]


def test_what_is_taken_judges_and_what_judged_is_kept_and_put_back(
    own_models: Path, fan: Asset, tmp_path: Path
) -> None:
    directory, registry = own_models / "fan", Registry(own_models)
    first = registry.model("fan").manifest.model
    second = another(directory, tmp_path / "second", 1.5)
    shelf.take(directory, tmp_path / "second", asset=fan, because="it is better")
    assert registry.model("fan").manifest.model == second, "a running service has picked it up"
    assert (directory / CARD).read_text() == "card 1.5"
    assert names(directory) == [("present", second), ("former", first)]
    entry = shelf.put_back(directory, asset=fan, version=None, because="it was not")
    assert (entry.model, entry.before, entry.how) == (first, second, "put back")
    assert registry.model("fan").manifest.model == first
    assert names(directory) == [("present", first), ("former", second)]
    assert (directory / CARD).read_text().startswith("# Model card")
    shelf.put_back(directory, asset=fan, version=second, because="")
    assert registry.model("fan").manifest.model == second
    assert [each.because for each in history.entries(directory)] == [
        "it is better",
        "it was not",
        "",
    ]


def test_what_waited_and_was_taken_waits_no_more(own_models: Path, fan: Asset) -> None:
    directory = own_models / "fan"
    second = another(directory, directory / shelf.NEXT, 1.5)
    assert [state for state, _ in names(directory)] == ["present", "waiting"]
    shelf.take(directory, directory / shelf.NEXT, asset=fan)
    assert [state for state, _ in names(directory)] == ["present", "former"]
    assert names(directory)[0][1] == second


def test_three_that_judged_before_are_kept(own_models: Path, fan: Asset, tmp_path: Path) -> None:
    directory = own_models / "fan"
    found = []
    for number in range(1, 6):
        found.append(another(own_models / "fan", tmp_path / str(number), 1 + number / 8))
        shelf.take(directory, tmp_path / str(number), asset=fan)
    assert [model for _, model in names(directory)] == found[::-1][:4]
    assert sorted(path.name for path in (directory / KEPT).iterdir()) == sorted(found[1:])
    with pytest.raises(NotOnShelf, match=f"No model {found[0]} of fan is kept; there are"):
        shelf.put_back(directory, asset=fan, version=found[0], because="")
    with pytest.raises(NotOnShelf, match=f"{found[-1]} is the model that judges fan now"):
        shelf.put_back(directory, asset=fan, version=found[-1], because="")


def test_with_none_before_there_is_nothing_to_put_back(own_models: Path, fan: Asset) -> None:
    with pytest.raises(NotOnShelf, match="No model of fan is kept from before the present one"):
        shelf.put_back(own_models / "fan", asset=fan, version=None, because="")


def test_what_cannot_be_served_is_not_taken(own_models: Path, fan: Asset, tmp_path: Path) -> None:
    directory = own_models / "fan"
    before = read(directory, asset="fan")
    another(directory, tmp_path / "second", 1.5)
    (tmp_path / "second" / ONNX).write_bytes(b"broken")
    with pytest.raises(ModelUnusable, match="is not the file that was trained"):
        shelf.take(directory, tmp_path / "second", asset=fan)
    assert read(directory, asset="fan") == before
    assert load(directory, asset=fan).manifest == before


def test_a_cut_of_power_at_any_step_leaves_a_whole_model(
    own_models: Path, fan: Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = own_models / "fan"
    first = read(directory, asset="fan").model
    second = another(directory, tmp_path / "second", 1.5)
    whole = history.replace
    seen, steps = set[str](), 0

    class Cut(Exception):
        pass

    while True:
        left = steps

        def cut(path: Path, content: bytes) -> None:
            nonlocal left
            if left == 0:
                raise Cut
            left -= 1
            whole(path, content)

        monkeypatch.setattr(history, "replace", cut)
        try:
            shelf.take(directory, tmp_path / "second", asset=fan)
        except Cut:
            seen.add(load(directory, asset=fan).manifest.model)
            steps += 1
        else:
            break
    assert seen == {first, second}
    assert load(directory, asset=fan).manifest.model == second


def test_a_history_that_cannot_be_read_is_begun_anew(own_models: Path) -> None:
    (own_models / "fan" / history.HISTORY).write_text("{")
    shelf.enter_first(own_models / "fan", read(own_models / "fan", asset="fan"))
    (entry,) = history.entries(own_models / "fan")
    assert entry.how == "trained"
    (one,) = shelf.on_shelf(own_models / "fan", asset="fan")
    assert (one.how, one.since, one.verdicts) == ("trained", entry.since, 0)


def test_a_manifest_of_an_earlier_version_has_no_verdicts(own_models: Path) -> None:
    found = read(own_models / "fan", asset="fan")
    older = msgspec.json.decode(msgspec.json.encode(found), type=dict)
    del older["verdicts"], older["recipe"]
    assert msgspec.json.decode(msgspec.json.encode(older), type=Manifest).verdicts == 0
