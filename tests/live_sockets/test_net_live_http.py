"""The live net's requests: what is proof that nothing was sent, and what is not."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import web
from tests.live_sockets.peer import (
    SOON_MS,
    TIMEOUT_MS,
    Ear,
    Play,
    ignoring,
    nothing_there,
    raw_serving,
    serving,
)

from hive.domain.errors import NotSent, Unanswered
from hive.runtime.net_live import LiveNet


def test_a_post_carries_json_and_brings_back_status_and_body(play: Play) -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        assert request.content_type == "application/json"
        return web.Response(status=422, body=b"got " + await request.read())

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            reply = await net.post(f"http://{address}/info", b'{"a":1}', timeout_ms=TIMEOUT_MS)
            assert (reply.status, reply.body) == (422, b'got {"a":1}')

    play(scene)


def test_connections_are_kept_alive(play: Play) -> None:
    peers: set[object] = set()

    async def handle(request: web.BaseRequest) -> web.Response:
        peers.add(request.transport and request.transport.get_extra_info("peername"))
        return web.Response(body=b"{}")

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            for _ in range(5):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)
    assert len(peers) == 1


def test_without_a_connection_a_request_is_not_sent(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        closed = await nothing_there()
        with pytest.raises(NotSent, match="cannot be reached: Connection refused"):
            await net.post(f"http://{closed}", b"{}", timeout_ms=TIMEOUT_MS)
        with pytest.raises(NotSent, match="cannot be reached"):
            await net.post("nowhere at all", b"{}", timeout_ms=TIMEOUT_MS)
        async with raw_serving(ignoring) as address:  # TLS never gets anywhere
            with pytest.raises(NotSent, match="cannot be reached"):
                await net.post(f"https://{address}", b"{}", timeout_ms=SOON_MS)

    play(scene)


def test_silence_after_a_connection_is_unanswered(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with raw_serving(ignoring) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=SOON_MS)

    play(scene)


def test_a_connection_cut_before_the_answer_is_unanswered(play: Play) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


def test_half_an_answer_is_unanswered(play: Play) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


def test_a_kept_connection_found_dead_is_unanswered_and_never_tried_twice(play: Play) -> None:
    """The venue may have read the request before it closed: there is no proof that it did not."""
    requests: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if len(requests) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await reader.readuntil(b"POST")
            requests.append(b"second")
            writer.transport.abort()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)
    assert len(requests) == 2


def test_a_redirect_is_an_answer_and_not_followed(play: Play) -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url)})

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            reply = await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            assert reply.status == 307

    play(scene)


def test_a_net_can_be_closed_twice_and_used_again(play: Play) -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"{}")

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            await net.aclose()
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            await net.aclose()
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server with a certificate that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [openssl, *request.split(), "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(certificate), Path(key))
    return context


def test_a_certificate_nobody_vouches_for_is_refused(play: Play, stranger: ssl.SSLContext) -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        raise AssertionError("the request must not arrive")

    async def scene(net: LiveNet) -> None:
        async with serving(handle, stranger) as address:
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await net.post(f"https://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await net.connect_ws(f"wss://{address}", Ear(), timeout_ms=TIMEOUT_MS)

    play(scene)
