"""A middleman between a client and a venue, who slips nonsense into the sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

NONSENSE = (
    "no JSON at all",
    '{"channel":"bbo","data":',
    '{"channel":"bbo","data":{"coin":"ETH","time":"soon","bbo":[null,null]}}',
    '{"channel":"bbo","data":{"coin":"ETH","time":1,"bbo":[{"px":"NaN","sz":"1","n":1},null]}}',
    '{"channel":"userFills","data":{"user":"0x12","fills":[{}]}}',
    '{"channel":"orderUpdates","data":[{"order":7}]}',
    "[" * 2_000,
    "\u0000\ud7ff",
    "",
)
EVERY = 5
"""After so many frames of the venue's comes one of ours."""


@asynccontextmanager
async def meddling(venue_url: str) -> AsyncIterator[str]:
    """The URL of a middleman before that venue."""
    async with aiohttp.ClientSession() as client:

        async def asked(request: web.Request) -> web.Response:
            headers = {"Content-Type": request.content_type}
            body = await request.read()
            async with client.post(venue_url + request.path, data=body, headers=headers) as reply:
                return web.Response(
                    status=reply.status,
                    body=await reply.read(),
                    content_type=reply.content_type,
                )

        async def opened(request: web.Request) -> web.WebSocketResponse:
            near = web.WebSocketResponse()
            await near.prepare(request)
            async with client.ws_connect(venue_url + "/ws") as far:
                back = asyncio.ensure_future(_brought_back(far, near))
                async for message in near:
                    await far.send_str(message.data)
                back.cancel()
            return near

        application = web.Application()
        application.router.add_post("/{kind:info|exchange}", asked)
        application.router.add_get("/ws", opened)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def _brought_back(far: aiohttp.ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
    count = 0
    async for message in far:
        await near.send_str(message.data)
        count += 1
        if count % EVERY == 0:
            await near.send_str(NONSENSE[count // EVERY % len(NONSENSE)])
