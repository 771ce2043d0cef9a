"""The venue's side of `far_venue`: a local venue with its markets, told the time by its pipe.

Run as `python -m benchmarks.far_venue_process START_MS SEED COINS FUNDED_ADDRESS ...`, where COINS
are the names of markets with commas between.
"""

from __future__ import annotations

import gc
import sys
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from benchmarks.far_venue import JSON, Call, Done, Event, read_message, write_message
from hive.domain.identifiers import Address
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import LIGHT, SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.serving.core import ServerCore
from hive.serving.port import Reply

FUNDS_USD: Final = Decimal(1_000_000)


class VenueProcess:
    """Carries out one call after the other."""

    def __init__(self, core: ServerCore) -> None:
        self._core = core
        self._connection_by_key: dict[int, int] = {}
        self._events: list[Event] = []

    def carry_out(self, call: Call) -> Done:
        """Do it, and tell all that came of it."""
        self._events.clear()
        is_open = False
        match call.do:
            case "advance":
                self._core.advance(call.now_ms)
            case "frame":
                connection = self._connection_by_key.get(call.key)
                if connection is not None:
                    self._core.ws_frame(connection, call.body, call.now_ms)
            case "http":
                self._http(call)
            case "open":
                is_open = self._open(call)
            case "close":
                connection = self._connection_by_key.pop(call.key, None)
                if connection is not None:
                    self._core.ws_closed(connection, call.now_ms)
        return Done(self._core.next_deadline_ms(), is_open, self._events)

    def _http(self, call: Call) -> None:
        self._core.http(
            call.path,
            call.body,
            content_type=JSON,
            ip=call.ip,
            now_ms=call.now_ms,
            answer=partial(self._answer, call.key),
        )

    def _open(self, call: Call) -> bool:
        connection = self._core.ws_open(
            ip=call.ip,
            now_ms=call.now_ms,
            send=partial(self._send, call.key),
            drop=partial(self._drop, call.key),
        )
        if connection is not None:
            self._connection_by_key[call.key] = connection
        return connection is not None

    def _answer(self, key: int, reply: Reply) -> None:
        self._events.append(Event("answer", key, reply.status, reply.body))

    def _send(self, key: int, frame: bytes) -> None:
        self._events.append(Event("frame", key, body=frame))

    def _drop(self, key: int) -> None:
        self._connection_by_key.pop(key, None)
        self._events.append(Event("drop", key))


def main(start_ms: int, seed: int, coins: list[str], funded: list[str]) -> None:
    """Serve until the pipe is closed."""
    config = VenueConfig(
        start_ms=start_ms,
        seed=seed,
        funded={Address(address): FUNDS_USD for address in funded},
    )
    markets = SyntheticMarkets(seeded_sources(seed), coins, LIGHT)
    process = VenueProcess(ServerCore(LocalVenue(config, markets, recorded_catalog())))
    gc.freeze()
    decoder, encoder = msgspec.msgpack.Decoder(Call), msgspec.msgpack.Encoder()
    while content := read_message(sys.stdin.buffer):
        done = process.carry_out(decoder.decode(content))
        write_message(sys.stdout.buffer, encoder.encode(done))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:])
