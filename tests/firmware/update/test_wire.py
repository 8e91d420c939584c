"""What a board believes of a manifest."""

import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import release as wire

KEY = bytes(range(32))
DIGEST = "0" * 64


def manifest(**other: Any) -> str:
    content = {"format": 1, "device": "fan-01", "epoch": "0000abcd-1", "version": "1.2.3+build"}
    return json.dumps(content | {"files": [["firmware/x.mpy", 3, DIGEST]]} | other)


def verified(text: str) -> Any:
    return wire.verified(text, wire.sign(KEY, text.encode()), KEY)


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_signature_is_hmac_sha256(key: bytes, message: bytes) -> None:
    assert wire.sign(key, message) == hmac.new(key, message, "sha256").hexdigest()


def test_a_manifest_that_fits_is_believed() -> None:
    assert verified(manifest())["version"] == "1.2.3+build"


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
        ("1.2.3+other", False, False),
        ("1.2.4", False, True),
        ("1.10.0", False, True),
        ("1.10.0", True, False),
    ],
)
def test_older_programs_must_be_forced(running: str, *, force: bool, refused: bool) -> None:
    content = verified(manifest(force=force))
    if refused:
        with pytest.raises(ValueError, match="must be forced"):
            wire.check_order(content, running=running)
    else:
        wire.check_order(content, running=running)
