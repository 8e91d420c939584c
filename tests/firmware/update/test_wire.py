"""What a board believes of a manifest."""

import contextlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import release as wire

KEY = bytes(range(32))
DIGEST = "0" * 64
FILE = ["firmware/x.mpy", 3, DIGEST]


def manifest(**other: Any) -> str:
    content: dict[str, Any] = {
        "format": 1,
        "device": "fan-01",
        "epoch": "0000abcd-1",
        "version": "1.2.3+hash",
    }
    content["build"] = 100
    return json.dumps(content | {"files": [FILE]} | other)


def verified(text: str) -> Any:
    return wire.verified(text, wire.sign(KEY, text.encode()), KEY)


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_signature_is_hmac_sha256(key: bytes, message: bytes) -> None:
    assert wire.sign(key, message) == hmac.new(key, message, "sha256").hexdigest()


def test_a_manifest_that_fits_is_believed() -> None:
    assert verified(manifest())["version"] == "1.2.3+hash"


@given(st.integers(0, len(manifest()) - 1), st.characters(codec="utf-8"))
def test_no_other_text_is_believed(at: int, letter: str) -> None:
    text = manifest()
    other = text[:at] + letter + text[at + 1 :]
    if other != text:
        with pytest.raises(ValueError, match="bad signature"):
            wire.verified(other, wire.sign(KEY, text.encode()), KEY)


@given(st.text(max_size=70))
def test_no_other_signature_is_believed(signature: str) -> None:
    with pytest.raises(ValueError, match="bad signature"):
        wire.verified(manifest(), signature, KEY)


@pytest.mark.parametrize("missing", [(None, "0"), ("{}", None), (1, 2)])
def test_an_update_without_manifest_or_signature_is_refused(missing: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="needs a manifest"):
        wire.verified(*missing, KEY)


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "/firmware/x.py",
        "firmware/../main.py",
        "firmware/./x.py",
        "firmware//x.py",
        "firmware/",
        "firmware/x y.py",
        "firmware/\u00e4.py",
        "site.json",
        "",
    ],
)
def test_no_release_reaches_beyond_its_slot(path: str) -> None:
    with pytest.raises(ValueError, match="no release has such a file"):
        verified(manifest(files=[[path, 3, DIGEST]]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"version": None},
        {"version": "tomorrow"},
        {"files": None},
        {"files": [["firmware/x.py"]]},
        {"files": [["firmware/x.py", "3", DIGEST]]},
        {"files": [["firmware/x.py", -1, DIGEST]]},
        {"files": [["firmware/x.py", 1, "00"]]},
        {"files": [[1, 1, DIGEST]]},
        {"format": 1.0},
        {"format": True},
        {"version": "1.-2.3"},
        {"version": "1. 2.3"},
        {"version": "1_0.2"},
        {"version": "1..2"},
        {"version": "9" * 10},
        {"version": "1.2.3+" + "x" * 70},
        {"version": 1.2},
        {"build": None},
        {"build": 100.0},
        {"build": True},
        {"build": "100"},
        {"build": -1},
        {"build": 2**60},
        {"force": 1},
        {"force": "false"},
        {"force": None},
        {"files": []},
        {"files": {}},
        {"files": "firmware/x.py"},
        {"files": [FILE] * 2},
        {"files": [[f"firmware/{index}.py", 1, DIGEST] for index in range(200)]},
        {"files": [["firmware/x.py", 1.5, DIGEST]]},
        {"files": [["firmware/x.py", 3.0, DIGEST]]},
        {"files": [["firmware/x.py", 2**40, DIGEST]]},
        {"files": [["firmware/x.py", True, DIGEST]]},
        {"files": [["firmware/x.py", None, DIGEST]]},
        {"files": [["firmware/x.py", 1, "G" * 64]]},
        {"files": [["firmware/x.py", 1, ["0"] * 64]]},
        {"files": [["firmware/x.py", 1, DIGEST, 1]]},
        {"files": [["firmware/" + "x" * 100, 1, DIGEST]]},
        {"files": [{"firmware/x.py": 1}]},
    ],
)
def test_a_signed_manifest_of_another_shape_is_refused_and_raises_nothing_else(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        verified(manifest(**wrong))


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        ({"device": "fan-02", "epoch": "0000abcd-1"}, "signed for fan-01"),
        ({"device": "fan-01", "epoch": "0000abcd-2"}, "before the last start"),
    ],
)
def test_a_manifest_for_another_life_is_refused(identity: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wire.check_identity(verified(manifest()), **identity)


@pytest.mark.parametrize(
    ("running", "force", "refused"),
    [
        ("1.2.2", False, False),
        ("1.2.4", False, True),
        ("1.10.0", False, True),
        ("1.10.0", True, False),
    ],
)
def test_older_programs_must_be_forced(running: str, *, force: bool, refused: bool) -> None:
    content = verified(manifest(force=force))
    if refused:
        with pytest.raises(ValueError, match="must be forced"):
            order(content, running=running)
    else:
        order(content, running=running)


def order(content: Any, *, running: str, **other: Any) -> None:
    known: dict[str, Any] = {"build": 0, "accepted": "", "accepted_build": 0}
    wire.check_order(content, running=running, **(known | other))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"running": "1.2.3+other", "build": 99}, ""),
        ({"running": "1.2.3+other", "build": 100}, "not made after 1.2.3.other, which runs here"),
        ({"running": "1.2.3+hash", "build": 100}, "not made after"),
        ({"running": "1.2.3+other", "build": 2**33}, "not made after"),
        ({"running": "1.2.2", "build": 2**33}, ""),
        ({"running": "1.2.3", "accepted": "1.2.3+x", "accepted_build": 101}, "made before 1.2.3.x"),
        ({"running": "1.2.3", "accepted": "1.2.3+x", "accepted_build": 100}, ""),
        ({"running": "1.2.3", "accepted": "1.2.4", "accepted_build": 101}, ""),
    ],
)
def test_of_one_version_what_was_made_no_later_must_be_forced(
    known: dict[str, Any], words: str
) -> None:
    order(verified(manifest(force=True)), **known)
    if words:
        with pytest.raises(ValueError, match=words):
            order(verified(manifest()), **known)
    else:
        order(verified(manifest()), **known)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=12,
    ),
    st.sampled_from(["format", "version", "build", "force", "files"]),
)
def test_whatever_is_signed_is_a_manifest_or_refused(value: Any, field: str) -> None:
    with contextlib.suppress(ValueError):  # any other error fails the test
        content = verified(manifest(**{field: value}))
        assert type(content["build"]) is int
        assert all(type(size) is int for _path, size, _digest in content["files"])


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ValueError, match="more than this board can read"):
        verified("[" * 100_000)
