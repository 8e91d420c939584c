"""An image: for this chip, as it was promised, downloaded once."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.chips import CHIPS
from firmware.errors import ImageError
from firmware.flash import image


def content(chip_id: int, *, text: bytes = b"MicroPython v1.27.0") -> bytes:
    """An image's header (esp_image_header_t) and some text; nothing a chip could run."""
    return bytes((0xE9, 3, 2, 0x20)) + bytes(8) + chip_id.to_bytes(2, "little") + bytes(20) + text


class Server:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                there = self.path == "/esp32.bin"
                self.send_response(200 if there else 404)
                self.send_header("Content-Length", str(len(outer.body) if there else 0))
                self.end_headers()
                if there:
                    self.wfile.write(outer.body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/esp32.bin"


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server(content(0))
    thread = threading.Thread(target=served.http.serve_forever, args=(0.05,))
    thread.start()
    yield served
    served.http.shutdown()
    served.http.server_close()
    thread.join()


def obtain(source: str, cache: Path, *, sha256: str = "", chip: str = "esp32") -> Path:
    shares: list[float] = []
    return image.obtain(
        source, chip=CHIPS[chip], sha256=sha256, cache=cache, progress=shares.append
    )


def test_it_is_downloaded_once_and_checked(server: Server, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(server.body).hexdigest()
    first = obtain(server.address, tmp_path, sha256=sha256.upper())
    assert first.read_bytes() == server.body
    assert obtain(server.address, tmp_path, sha256=sha256) == first
    assert server.asked == 1
    first.write_bytes(b"damaged")
    assert obtain(server.address, tmp_path, sha256=sha256).read_bytes() == server.body
    assert server.asked == 2


def test_what_is_not_as_promised_is_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="it was not kept"):
        obtain(server.address, tmp_path, sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_an_address_without_a_hash_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="--image-sha256"):
        obtain(server.address, tmp_path)
    assert server.asked == 0


def test_what_cannot_be_downloaded_is_named(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="404"):
        obtain(server.address + ".x", tmp_path, sha256="0" * 64)
    with pytest.raises(ImageError, match="cannot be downloaded"):
        obtain("http://127.0.0.1:9/x", tmp_path, sha256="0" * 64)


@pytest.mark.parametrize(
    ("body", "chip", "words"),
    [
        (content(9), "esp32", "for ESP32-S3, not for ESP32.*download/ESP32_GENERIC/"),
        (content(0), "esp32c3", "for ESP32, not for ESP32-C3.*ESP32_GENERIC_C3"),
        (content(5), "esp32s3", "for ESP32-C3"),
        (content(77), "esp32", "a chip of number 77"),
        (content(0, text=b"arduino"), "esp32", "is no release of MicroPython"),
        (content(0, text=b"for micropython"), "esp32", "is no release of MicroPython"),
        (content(0, text=b"MicroPython v1.12 on"), "esp32", "MicroPython v1.12, and .* 1.27 or"),
        (content(0, text=b"MicroPython v1.26.1"), "esp32", "MicroPython v1.26, and .* 1.27 or"),
        (b"PK\x03\x04" * 20, "esp32", "no image for an ESP32"),
        (b"\xe9", "esp32", "no image for an ESP32"),
    ],
)
def test_an_image_for_something_else_is_named(
    tmp_path: Path, body: bytes, chip: str, words: str
) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(body)
    with pytest.raises(ImageError, match=words) as caught:
        obtain(str(path), tmp_path, chip=chip)
    assert "No image was named" not in str(caught.value)


@pytest.mark.parametrize("version", [b"v1.27.0", b"v1.28.0-preview", b"v2.0", b"v1.100.2"])
def test_a_later_micropython_will_do(tmp_path: Path, version: bytes) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(content(0, text=b"MicroPython " + version))
    assert obtain(str(path), tmp_path) == path


def test_a_file_is_taken_as_it_is_and_its_hash_checked_if_given(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(content(5))
    assert obtain(str(path), tmp_path, chip="esp32c3") == path
    with pytest.raises(ImageError, match="damaged or another one"):
        obtain(str(path), tmp_path, chip="esp32c3", sha256="0" * 64)
    with pytest.raises(ImageError, match="No such file"):
        obtain(str(tmp_path / "none.bin"), tmp_path)
