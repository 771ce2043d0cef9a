"""Recordings and archive folders are found, merged by time and played by a venue."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hive.app.venue_commands.options import VenueOptions
from hive.app.venue_commands.recording_files import open_past
from hive.app.venue_commands.serving import venue_server
from hive.domain.errors import NotOffered
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedTrade,
    Unreadable,
)

HOUR_MS = 3_600_000
NINE_MS = 1_694_854_800_000
"""2023-09-16, nine o'clock."""
T_700 = "2023-09-16T09:00:00.700"
USER = "0x" + "a1" * 20


def book(coin: str, ms: int, bid: str = "18.93", ask: str = "18.94") -> str:
    levels = [[{"px": px, "sz": "10.0", "n": 1}] for px in (bid, ask)]
    raw = {"channel": "l2Book", "data": {"coin": coin, "time": ms, "levels": levels}}
    return json.dumps({"time": "2023-09-16T09:00:00.1", "ver_num": 1, "raw": raw})


def node_trade(time: str, px: str = "18.94") -> str:
    row = {"coin": "SOL", "side": "B", "time": time, "px": px, "sz": "1.5", "hash": "0x0"}
    return json.dumps(row)


def fills(time: str, tid: int) -> str:
    fill: dict[str, Any] = {
        "coin": "SOL",
        "px": "18.9",
        "sz": "2.0",
        "side": "A",
        "time": 1,
        "crossed": True,
        "tid": tid,
    }
    return json.dumps({"block_time": time, "block_number": 1, "events": [[USER, fill]]})


def written(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def events_of(path: Path) -> list[FeedEvent]:
    return [recorded.event for recorded in open_past(path).events]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    day = tmp_path / "market_data" / "20230916"
    written(day / "9" / "l2Book" / "SOL", [book("SOL", NINE_MS + 100), book("SOL", NINE_MS + 700)])
    written(day / "9" / "l2Book" / "ETH.gz", [book("ETH", NINE_MS + 400, "1600.0", "1600.1")])
    written(day / "10" / "l2Book" / "SOL", [book("SOL", NINE_MS + HOUR_MS)])
    written(
        tmp_path / "asset_ctxs" / "20230916.csv",
        ["time,coin,oracle_px,mark_px", "2023-09-16T09:00:00Z,SOL,18.9,18.91"],
    )
    trades = tmp_path / "node_trades" / "hourly" / "20230916"
    written(trades / "9", [node_trade("2023-09-16T09:00:00.400"), node_trade(T_700)])
    return tmp_path


def test_everything_comes_by_time_and_trades_before_the_book_they_left(archive: Path) -> None:
    found = [(type(event), event.ms - NINE_MS) for event in events_of(archive)]
    assert found == [
        (FeedContext, 0),
        (FeedBook, 100),
        (FeedTrade, 400),
        (FeedBook, 400),
        (FeedTrade, 700),
        (FeedBook, 700),
        (FeedBook, HOUR_MS),
    ]


def test_an_hour_that_lies_in_its_neighbours_is_read_from_them(tmp_path: Path) -> None:
    hours = tmp_path / "node_fills_by_block" / "hourly" / "20230916"
    written(hours / "9", [fills("2023-09-16T09:30:00", 1), fills("2023-09-16T10:00:01", 3)])
    written(hours / "10", [fills("2023-09-16T09:59:59", 2), fills("2023-09-16T10:30:00", 4)])
    trades = [event.tid for event in events_of(tmp_path) if isinstance(event, FeedTrade)]
    assert trades == [1, 2, 3, 4]


@pytest.mark.parametrize("form", ["_by_block", "_streaming"])
def test_a_nodes_own_output_is_played_by_block(tmp_path: Path, form: str) -> None:
    """Diffs make the books, in the order they were written; of each trade one file tells."""

    def wrapped(time: str, event: Any) -> str:
        return json.dumps({"local_time": time, "block_time": time, "events": [event]})

    def diff(oid: int, change: Any) -> dict[str, Any]:
        order = {"user": "0x" + "a1" * 20, "oid": oid, "coin": "SOL", "side": "B", "px": "18.93"}
        return {**order, "raw_book_diff": change}

    diffs = tmp_path / f"node_raw_book_diffs{form}" / "hourly" / "20230916"
    late = wrapped("2023-09-16T09:59:59.9", diff(2, {"new": {"sz": "2.0"}}))
    written(diffs / "9", [wrapped(T_700, diff(1, {"new": {"sz": "10.0"}}))])
    written(diffs / "10", [late, wrapped("2023-09-16T10:00:00", diff(1, "remove"))])
    trades = tmp_path / f"node_trades{form}" / "hourly" / "20230916"
    written(trades / "9", [wrapped(T_700, json.loads(node_trade(T_700)))])
    written(trades / "10", [wrapped(T_700, json.loads(node_trade(T_700, "18.95")))])
    told_again = tmp_path / f"node_fills{form}" / "hourly" / "20230916"
    written(told_again / "9", [fills(T_700, 1)])
    written(told_again / "10", [])
    found = [
        (type(event), event.ms - NINE_MS, event.bids[0][1] if isinstance(event, FeedBook) else None)
        for event in events_of(tmp_path)
    ]
    assert found == [
        (FeedTrade, 700, None),
        (FeedBook, 700, Decimal(10)),
        (FeedBook, HOUR_MS - 100, Decimal(12)),
        (FeedBook, HOUR_MS, Decimal(2)),
    ]


def test_books_of_the_archive_come_before_diffs(archive: Path) -> None:
    before = events_of(archive)
    written(archive / "node_raw_book_diffs_by_block" / "hourly" / "20230916" / "9", ["nonsense"])
    assert events_of(archive) == before


@pytest.mark.parametrize("name", ["24", "x", "007x"])
def test_names_that_are_no_hours_are_left_out(tmp_path: Path, name: str) -> None:
    written(tmp_path / "node_trades" / "hourly" / "20230916" / name, [node_trade(T_700)])
    with pytest.raises(Unreadable, match="neither books nor trades"):
        open_past(tmp_path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="there is nothing"):
        open_past(tmp_path / "nowhere")
    (tmp_path / "text").write_text("no recording\n")
    with pytest.raises(Unreadable, match="no recording"):
        open_past(tmp_path / "text")


def test_lz4_is_read_where_its_package_is_installed(tmp_path: Path) -> None:
    path = tmp_path / "market_data" / "20230916" / "9" / "l2Book" / "SOL.lz4"
    path.parent.mkdir(parents=True)
    lines = (book("SOL", NINE_MS) + "\n").encode()
    try:
        frame = import_module("lz4.frame")
    except ImportError:
        path.write_bytes(b"packed")
        with pytest.raises(NotOffered, match="lz4, which is not installed"):
            events_of(tmp_path)
        return
    path.write_bytes(frame.compress(lines))
    assert [event.ms for event in events_of(tmp_path)] == [NINE_MS]
    path.write_bytes(frame.compress(lines)[:-10])
    with pytest.raises(Unreadable):
        events_of(tmp_path)


def test_a_venue_is_made_of_an_archive(archive: Path) -> None:
    server = venue_server(VenueOptions(port=0, replay=archive))
    assert server.snapshot().sockets == 0
    with pytest.raises(Unreadable, match="no coin"):
        venue_server(VenueOptions(port=0, replay=archive, names=("BTC",)))
