"""The poster against real servers on a socket: polite ones, tired ones, broken ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

import pytest
import uvloop

from gateway.judging.json_http import Poster

Run = Callable[[Coroutine[None, None, None]], None]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
PATIENCE_S = 60.0


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """The loops differ in how they say that a connection is gone."""
    runner: Run = request.param
    return runner


@contextlib.asynccontextmanager
async def serving(serve: Serve, *, token: str = "") -> AsyncIterator[Poster]:
    serves: list[asyncio.Task[None] | None] = []

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serves.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    poster = Poster(url=f"http://127.0.0.1:{port}", timeout_s=PATIENCE_S, token=token)
    try:
        yield poster
    finally:
        poster.close()
        server.close()
        await asyncio.gather(*filter(None, serves))
        await asyncio.sleep(0.02)  # what is closed is gone a few turns of the loop later


async def request_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


def once(answer: bytes) -> Serve:
    """A server that says ``answer`` to the first request of a connection, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(answer)
        await writer.drain()

    return serve


def test_what_is_sent(run: Run) -> None:
    heads = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(OK)

    async def main() -> None:
        async with serving(serve, token="s3cret") as poster:
            assert await poster.post("/predict", b'{"a":1}') == (200, b"{}")

    run(main())
    [(head, body)] = heads
    assert b"authorization: Bearer s3cret\r\n" in head
    assert head.startswith(b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"content-type: application/json\r\n" in head
    assert body == b'{"a":1}'


def test_one_connection_serves_many_requests_in_order(run: Run) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            _, body = await request_of(reader)
            head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
            for part in (head % len(body), body[:1], body[1:]):
                writer.write(part)
                await writer.drain()

    async def main() -> None:
        async with serving(serve) as poster:
            for number in range(50):
                body = str(number).encode() * 1000
                assert (await poster.post("/", body)).body == body

    run(main())
    assert connections == 1


@pytest.mark.parametrize(
    "answer",
    [OK, OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")],
    ids=["without a word", "as announced"],
)
def test_a_server_that_closes_after_each_answer_is_asked_on_a_new_connection(
    answer: bytes, run: Run
) -> None:
    async def main() -> None:
        async with serving(once(answer)) as poster:
            for _ in range(5):
                assert (await poster.post("/", b"{}")).status == 200
                await asyncio.sleep(0.01)

    run(main())


def test_an_answer_in_chunks_and_an_error_status(run: Run) -> None:
    answer = (
        b"HTTP/1.1 503 Unavailable\r\ntransfer-encoding: chunked\r\n\r\n"
        b"3\r\nnot\r\n4\r\n now\r\n0\r\n\r\n"
    )

    async def main() -> None:
        async with serving(once(answer)) as poster:
            assert await poster.post("/", b"{}") == (503, b"not now")

    run(main())


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", b"SSH-2.0-OpenSSH\r\n\r\n"]
)
def test_an_answer_cut_short_or_not_http_is_an_oserror(answer: bytes, run: Run) -> None:
    async def main() -> None:
        async with serving(once(answer)) as poster:
            with pytest.raises(OSError, match=r"closed the connection|not HTTP"):
                await poster.post("/", b"{}")

    run(main())


def test_nobody_there_is_an_oserror(run: Run) -> None:
    async def main() -> None:
        async with serving(once(OK)) as poster:
            pass
        with pytest.raises(ConnectionError):
            await poster.post("/", b"{}")

    run(main())


def test_an_answer_that_comes_too_late_never_meets_the_next_request(run: Run) -> None:
    given_up, is_late = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            _, body = await request_of(reader)
            if body == b"slow":
                await given_up.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n" + body)
            if body == b"slow":
                is_late.set()

    async def main() -> None:
        async with serving(serve) as poster:
            await poster.post("/", b"fast")  # on a connection that stands a request is sent at once
            poster._timeout_s = 0.1
            with pytest.raises(TimeoutError):
                await poster.post("/", b"slow")
            poster._timeout_s = PATIENCE_S
            given_up.set()
            await is_late.wait()
            assert (await poster.post("/", b"fast")).body == b"fast"

    run(main())
