"""`decode`: from a frame's bytes to the value a handler gets, against a bare typed decode."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from typing import Any, Final

import msgspec

from benchmarks.measure import Figures, Yardstick, median_ratio
from hive.domain.market import Bbo, Book, Trade
from hive.hyperliquid.codec import decode_push, to_bbo, to_book, to_trades

ALTERNATIONS: Final = 15
CALLS: Final = 4_000
NS_PER_S: Final = 1e9

YARDSTICKS: Final = {
    "bbo_ns": Yardstick(peer="557, its authors' figure, on a faster machine"),
    "l2Book_ns": Yardstick(peer="3,950, its authors' figure, on a faster machine"),
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


def _hive(name: str, frame: bytes) -> Callable[[], Bbo | Book | tuple[Trade, ...]]:
    turn: Any = {"bbo": to_bbo, "l2Book": to_book, "trades": to_trades}[name]
    return lambda: turn(decode_push(frame).data, 0)  # type: ignore[union-attr]  # each frame is of one known channel


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


def _floor(name: str, frame: bytes) -> Callable[[], object]:
    data: Any = {"bbo": _Bbo, "l2Book": _Book, "trades": tuple[_Trade, ...]}[name]
    push = msgspec.defstruct("Push", [("channel", str), ("data", data)], gc=False)
    decoder = msgspec.json.Decoder(push, strict=False)
    return lambda: decoder.decode(frame)


def run() -> Figures:
    """Nanoseconds a frame, and the median ratio to the bare decode."""
    figures: Figures = {}
    for name, frame in _frames().items():
        ours, floors = [], []
        hive, floor = _hive(name, frame), _floor(name, frame)
        for _ in range(ALTERNATIONS):
            ours.append(timeit.timeit(hive, number=CALLS) / CALLS * NS_PER_S)
            floors.append(timeit.timeit(floor, number=CALLS) / CALLS * NS_PER_S)
        figures[f"{name}_ns"] = statistics.median(ours)
        figures[f"{name}_floor_ns"] = statistics.median(floors)
        figures[f"{name}_ratio_to_floor"] = median_ratio(ours, floors)
    return figures
