"""An event loop whose servers note when bytes arrive, before anybody looks at them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any


class Reading:
    """When a server's socket was last read, in nanoseconds."""

    def __init__(self) -> None:
        self.read_ns = 0


class StampedProtocol(asyncio.Protocol):
    """Passes everything on to another protocol; notes the time first."""

    def __init__(self, inner: asyncio.Protocol, reading: Reading) -> None:
        self._inner = inner
        self._reading = reading

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._reading.read_ns = time.perf_counter_ns()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


class StampingLoop(asyncio.SelectorEventLoop):
    """The usual loop; what its servers read is noted in `reading`."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = Reading()

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **options: Any
    ) -> asyncio.Server:
        def stamped() -> asyncio.BaseProtocol:
            inner = protocol_factory()
            assert isinstance(inner, asyncio.Protocol)
            return StampedProtocol(inner, self.reading)

        return await super().create_server(stamped, *args, **options)
