"""The photo of a machine over REST: brought, shown, replaced, and gone with its machine."""

import asyncio
import contextlib
import io
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contract.errors import NotFound, Refused
from gateway.registry import picture
from gateway.registry.photos import FOLDER, Photos
from hosting.audit.events import What
from tests.gateway.api.test_errors import assert_problem
from tests.gateway.api.workshop import Serve, Workshop


def drawn(kind: str = "PNG", *, size: tuple[int, int] = (300, 200), **said: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, **said)
    return made.getvalue()


PICTURE = drawn()
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
PATH = "/devices/fan-01/photo"


def bring(workshop: Workshop, device: str) -> None:
    """A photo that is there before anybody asks."""
    photos = Photos(workshop.settings.data_dir, check_known=workshop.registrar.entry)
    asyncio.run(photos.put(device, PICTURE))


def put(
    client: httpx.Client, body: bytes = PICTURE, *, kind: str = "image/png", path: str = PATH
) -> httpx.Response:
    headers = {"Content-Type": kind}
    return client.put(path, params={"by": "Sam"}, content=body, headers=headers)


@pytest.fixture
def fan(empty_workshop: Workshop, serve: Serve) -> httpx.Client:
    empty_workshop.add("fan-01")
    return serve(empty_workshop)


def kept(workshop: Workshop) -> list[str]:
    return sorted(path.name for path in (workshop.settings.data_dir / FOLDER).glob("*"))


@pytest.mark.parametrize(("kind", "type_"), KINDS.items())
def test_what_was_brought_comes_back_and_can_do_nothing(
    fan: httpx.Client, empty_workshop: Workshop, kind: str, type_: str
) -> None:
    assert_problem(fan.get(PATH), status=404, words="There is no photo of fan-01")
    assert fan.get("/devices/fan-01/registry").json()["photo"] is None
    body = drawn(kind)
    answer = put(fan, body, kind=type_)
    assert answer.status_code == 200, answer.text
    revision = answer.json()["photo"]
    assert fan.get("/births").json()[0]["photo"] == revision
    shown = fan.get(PATH)
    assert (shown.content, shown.headers["content-type"]) == (body, type_)
    assert shown.headers["x-content-type-options"] == "nosniff"
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'; sandbox" in policy
    assert shown.headers["cache-control"] == "private, no-cache"
    assert "immutable" in fan.get(PATH, params={"revision": revision}).headers["cache-control"]
    small = fan.get(PATH, params={"size": "small"})
    assert small.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(small.content)).size == (128, 85)
    detail = f"fan-01: a photo of {len(body)} bytes"
    assert empty_workshop.audited == [("Sam", What.PHOTO_CHANGED, detail)]
    [path] = (empty_workshop.settings.data_dir / FOLDER).iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_it_is_sent_again_only_when_it_is_another(fan: httpx.Client) -> None:
    first = put(fan).json()["photo"]
    tag = fan.get(PATH).headers["etag"]
    again = fan.get(PATH, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    small = fan.get(PATH, params={"size": "small"}, headers={"If-None-Match": tag})
    assert small.status_code == 200, "another picture has another tag"
    second = put(fan, drawn("JPEG"), kind="image/jpeg").json()["photo"]
    assert second != first
    assert fan.get(PATH, headers={"If-None-Match": tag}).status_code == 200
    old = fan.get(PATH, params={"revision": first})
    assert old.headers["cache-control"] == "private, no-cache", "it is not of that revision"


def test_it_is_upright_when_it_is_small(fan: httpx.Client) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright
    put(fan, drawn("JPEG", exif=turned), kind="image/jpeg")
    small = fan.get(PATH, params={"size": "small"}).content
    assert Image.open(io.BytesIO(small)).size == (85, 128)


def told(body: bytes) -> set[str]:
    """What a picture tells beside itself."""
    with Image.open(io.BytesIO(body)) as opened:
        opened.load()
        more = {str(tag) for tag in opened.getexif()} | {str(name) for name in opened.info}
    return (
        more
        - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "background", "loop"}
        - {"timestamp", "duration"}
    )


@pytest.mark.parametrize(("kind", "type_"), KINDS.items())
def test_what_a_camera_wrote_into_it_is_not_kept(fan: httpx.Client, kind: str, type_: str) -> None:
    camera = Image.Exif()
    camera[0x0112], camera[0x010F] = 6, "Maker"
    camera.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    said: dict[str, Any] = {"exif": camera}
    if kind == "JPEG":
        said["comment"] = b"at home"
    body = drawn(kind, **said)
    assert told(body)
    assert put(fan, body, kind=type_).status_code == 200
    kept = fan.get(PATH)
    assert told(kept.content) == set()
    assert kept.headers["content-type"] == type_
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert shown.size == (200, 300), "it is upright"


def test_what_follows_a_picture_is_not_kept() -> None:
    body = drawn("JPEG")
    assert picture.bare(body) == body
    assert b"a film" not in picture.bare(body + b"a film")


def test_it_is_removed_by_name_and_with_its_machine(
    fan: httpx.Client, empty_workshop: Workshop
) -> None:
    put(fan)
    answer = fan.delete(PATH, params={"by": "Ada"})
    assert (answer.status_code, answer.json()["photo"]) == (200, None)
    assert empty_workshop.audited[-1] == (
        "Ada",
        What.PHOTO_CHANGED,
        "fan-01: its photo was removed",
    )
    assert_problem(fan.delete(PATH, params={"by": "Ada"}), status=404, words="no photo of fan-01")
    put(fan)
    assert fan.get("/devices/fan-01/removal").json()["lost"]["photos"] == 1
    gone = fan.delete("/devices/fan-01", params={"confirm": "fan-01", "by": "Sam"})
    assert gone.status_code == 200
    assert kept(empty_workshop) == []
    assert_problem(fan.get(PATH), status=404, words="No device 'fan-01'")


def test_it_stays_that_of_the_machine_it_shows(fan: httpx.Client) -> None:
    put(fan)
    assert fan.post("/devices/fan-01/replace", json={"by": "Sam"}).status_code == 200
    assert fan.get(PATH).status_code == 404
    assert fan.get("/devices/fan-01.life1/photo").content == PICTURE
    assert fan.get("/devices/fan-01.life1/registry").json()["photo"]


def huge() -> bytes:
    return drawn(size=(5001, 5000))


def bomb() -> bytes:
    """A small PNG whose header says that it is 60,000 pixels wide and high."""
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + PICTURE[24:29]
    return PICTURE[:12] + head + zlib.crc32(head).to_bytes(4, "big") + PICTURE[33:]


RUBBISH = {
    "nothing": (b"", "none in PNG, JPEG or WebP"),
    "text": (b"hello", "none in PNG, JPEG or WebP"),
    "a page": (b"<html><script>alert(1)</script>", "none in PNG, JPEG or WebP"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "none in PNG, JPEG or WebP"),
    "a GIF": (drawn("GIF"), "none in PNG, JPEG or WebP"),
    "a head alone": (PICTURE[:8], "broken, or part of it is missing"),
    "a page behind a head": (b"\xff\xd8\xff<html>", "broken, or part of it is missing"),
    "half a PNG": (PICTURE[: len(PICTURE) // 2], "broken, or part of it is missing"),
    "half a JPEG": (drawn("JPEG")[:-300], "broken, or part of it is missing"),
    "half a WebP": (drawn("WEBP")[:-20], "broken, or part of it is missing"),
    "a bomb": (bomb(), "far too many pixels"),
}


@pytest.mark.parametrize(("body", "words"), RUBBISH.values(), ids=RUBBISH)
def test_what_is_no_picture_is_refused_and_the_old_one_stays(
    fan: httpx.Client, empty_workshop: Workshop, body: bytes, words: str
) -> None:
    put(fan)
    answer = put(fan, body)
    assert_problem(answer, status=422, words=words)
    assert fan.get(PATH).content == PICTURE
    assert kept(empty_workshop) == ["fan-01"]


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(Refused, match="this has 5001 x 5000"):
        picture.small(huge())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_one_or_is_refused(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([drawn(kind, size=(40, 30)) for kind in KINDS])))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not body:
            break
    with contextlib.suppress(Refused):  # and nothing else
        made = picture.small(bytes(body))
        assert max(Image.open(io.BytesIO(made)).size) <= picture.SMALL
        picture.bare(bytes(body))


def test_too_much_and_other_kinds_are_turned_away(fan: httpx.Client) -> None:
    large = PICTURE + bytes(picture.MOST_BYTES)
    assert_problem(put(fan, large), status=413, words=f"{picture.MOST_BYTES} bytes")
    for kind in ("image/svg+xml", "application/json", "text/plain", ""):
        assert_problem(put(fan, kind=kind), status=415, words="image/png, image/jpeg, image/webp")
    nameless = fan.put(PATH, content=PICTURE, headers={"Content-Type": "image/png"})
    assert_problem(nameless, status=422, words="'by' is missing")
    for device in ("fan-77", "..%2F..%2Fetc", "%2E%2E"):
        assert put(fan, path=f"/devices/{device}/photo").status_code == 404


def test_a_picture_is_taken_nowhere_else(fan: httpx.Client) -> None:
    for method, path in (
        ("PUT", "/devices/fan-01/stage"),
        ("POST", "/devices/fan-01/commands"),
        ("PUT", "/params"),
    ):
        answer = fan.request(method, path, content=PICTURE, headers={"Content-Type": "image/png"})
        assert_problem(answer, status=415, words="application/json")


def test_a_machine_that_goes_while_its_photo_comes_leaves_none(tmp_path: Path) -> None:
    asked: list[str] = []

    def known(device: str) -> None:
        asked.append(device)
        if len(asked) > 1:
            raise NotFound(f"No device {device!r}.")

    photos = Photos(tmp_path, check_known=known)
    with pytest.raises(NotFound):
        asyncio.run(photos.put("fan-01", PICTURE))
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_crash_left_aside_goes_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ".new").write_bytes(b"half of it")
    photos = Photos(tmp_path, check_known=lambda _: None)
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert photos.revision("fan-01") is None
