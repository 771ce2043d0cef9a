"""Marks and middles of everything: whole first, then what changed."""

from __future__ import annotations

import zlib
from base64 import b64decode
from typing import Any

import msgspec
from tests.unit.localvenue.still_venue import Stage, buy, sell


def unpacked(data: str) -> dict[str, Any]:
    rows: dict[str, Any] = msgspec.json.decode(zlib.decompress(b64decode(data), wbits=-15))
    return rows


def test_the_first_frame_has_every_coin_that_trades() -> None:
    stage = Stage()
    stage.trader(9).place(buy(79_900, 1), sell(80_100, 1))
    (first,) = stage.listen(type="fastAssetCtxs")
    rows = unpacked(first)
    assert rows["BTC"] == {"markPx": "80000.0", "midPx": "80000.0"}
    assert rows["ETH"] == {"markPx": "2500.0", "midPx": None}  # nobody quotes
    assert "xyz:GOLD" in rows
    assert "PURR/USDC" in rows
    assert "MATIC" not in rows  # delisted


def test_then_only_what_changed_is_told_and_nothing_when_nothing_did() -> None:
    stage = Stage()
    trader = stage.trader(9)
    trader.place(buy(79_900, 1), sell(80_100, 1))
    stage.listen(type="fastAssetCtxs")
    stage.pass_ms(5_000)
    stage.heard("fastAssetCtxs")
    stage.pass_ms(3_000)
    assert stage.heard("fastAssetCtxs") == []
    trader.place(buy(79_950, 1))
    stage.pass_ms(1_000)
    (frame,) = stage.heard("fastAssetCtxs")
    rows = unpacked(frame)
    assert list(rows) == ["BTC"]
    assert rows["BTC"]["midPx"] == "80025.0"
