"""`decode`: from a frame's bytes to the value a handler gets, against a bare typed decode and what
the official SDK makes of a frame. The figures without a name are the best bid and offer's.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from typing import Any, Final

import msgspec
from hyperliquid.websocket_manager import ws_msg_to_identifier

from benchmarks.measure import Calls, Figures, Yardstick, against_floor, median_ratio, timed
from hive.domain.market import Bbo, Book, Trade
from hive.hyperliquid.codec import decode_push, to_bbo, to_book, to_trades

ALTERNATIONS: Final = 15
CALLS: Final = 4_000
HEADLINE: Final = "bbo"

YARDSTICKS: Final = {
    "p50_us": Yardstick(peer="0.557, its authors' figure, on a faster machine"),
    "l2Book_p50_us": Yardstick(peer="3.95, its authors' figure, on a faster machine"),
}


def _level(px: float) -> dict[str, Any]:
    return {"px": f"{px:.1f}", "sz": "1.25", "n": 7}


def _frames() -> dict[str, bytes]:
    bids = [_level(86_000.0 - step) for step in range(20)]
    asks = [_level(86_001.0 + step) for step in range(20)]
    trade = {
        "coin": "BTC",
        "side": "A",
        "px": "86000.0",
        "sz": "0.01",
        "time": 1_790_232_216_193,
        "hash": "0x" + "ab" * 32,
        "tid": 1_045_359_869_404_765,
        "users": ["0x" + "01" * 20, "0x" + "02" * 20],
    }
    when = {"coin": "BTC", "time": 1_790_232_236_546}
    frames = {
        "bbo": {"channel": "bbo", "data": when | {"bbo": [bids[0], asks[0]]}},
        "l2Book": {"channel": "l2Book", "data": when | {"levels": [bids, asks]}},
        "trades": {"channel": "trades", "data": [trade] * 5},
    }
    return {name: msgspec.json.encode(frame) for name, frame in frames.items()}


def _hive(name: str) -> Callable[[bytes], Bbo | Book | tuple[Trade, ...]]:
    turn: Any = {"bbo": to_bbo, "l2Book": to_book, "trades": to_trades}[name]
    return lambda frame: turn(decode_push(frame).data, 0)  # type: ignore[union-attr]  # each frame is of one known channel


class _Level(msgspec.Struct, gc=False):
    px: float
    sz: float
    n: int


class _Bbo(msgspec.Struct, gc=False):
    coin: str
    time: int
    bbo: tuple[_Level, _Level]


class _Book(msgspec.Struct, gc=False):
    coin: str
    time: int
    levels: tuple[tuple[_Level, ...], tuple[_Level, ...]]


class _Trade(msgspec.Struct, gc=False):
    coin: str
    side: str
    px: float
    sz: float
    time: int
    tid: int
    users: tuple[str, str]


def _floor(name: str) -> Callable[[bytes], object]:
    data: Any = {"bbo": _Bbo, "l2Book": _Book, "trades": tuple[_Trade, ...]}[name]
    push = msgspec.defstruct("Push", [("channel", str), ("data", data)], gc=False)
    return msgspec.json.Decoder(push, strict=False).decode


def _sdk(frame: bytes) -> object:
    """What its socket's thread does before a callback."""
    message = json.loads(frame.decode())  # its socket hands over text
    ws_msg_to_identifier(message)
    return message


def run() -> Figures:
    """Microseconds a frame, and the median ratios to the bare decode and of the SDK's."""
    figures: Figures = {}
    for name, frame in _frames().items():
        ours, floors, theirs = _rounds([frame] * CALLS, _hive(name), _floor(name), _sdk)
        found = against_floor(ours, floors)
        found["sdk_over_hive"] = median_ratio(_p50s_us(theirs), _p50s_us(ours))
        prefix = "" if name == HEADLINE else f"{name}_"
        figures |= {f"{prefix}{figure}": value for figure, value in found.items()}
    return figures


def _rounds(frames: list[bytes], *decoders: Callable[[bytes], object]) -> list[list[Calls]]:
    """All in turn, so often; the rounds of each."""
    rounds = [[timed(decode, frames) for decode in decoders] for _ in range(ALTERNATIONS)]
    return [list(each) for each in zip(*rounds, strict=True)]


def _p50s_us(rounds: list[Calls]) -> list[float]:
    return [statistics.median(calls.each_us) for calls in rounds]
