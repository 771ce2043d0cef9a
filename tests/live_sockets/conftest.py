"""Loops to play on: asyncio's own everywhere, uvloop where it is installed."""

from __future__ import annotations

import asyncio

import pytest
from tests.live_sockets.peer import Play, player


@pytest.fixture(params=["asyncio", "uvloop"])
def play(request: pytest.FixtureRequest) -> Play:
    if request.param == "asyncio":
        return player(asyncio.new_event_loop)
    uvloop = pytest.importorskip("uvloop", reason="uvloop is optional")
    return player(uvloop.new_event_loop)
