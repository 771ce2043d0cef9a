"""Somebody who trades by hand on an account of ours, with the master key and without our cloids.

Never on the simulated network: what a person does in the venue's own pages has its own way there.
So external orders come and go, and fills that belong to no strategy, some many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Cloid, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import (
    BatchModifyAction,
    CancelAction,
    CancelWire,
    ModifyWire,
    OrderAction,
    OrderWire,
    limit_order,
)
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.signing import Signer, signed_request
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import Kernel

IP: Final = "198.51.100.7"
OPEN_MAX: Final = 6
LIST_AGE_MS_MAX: Final = 5_000
REACH: Final = 0.0005
"""How far from the best price it quotes."""


class Outsider:
    """Acts every now and then until it is told to be quiet."""

    def __init__(
        self,
        venue: ServedVenue,
        signer: Signer,
        kernel: Kernel,
        uniform: Callable[[], float],
        *,
        instruments: Mapping[str, Instrument],
        pause_ms: int,
    ) -> None:
        self._venue = venue
        self._signer = signer
        self._kernel = kernel
        self._uniform = uniform
        self._instruments = instruments
        self._pause_ms = pause_ms
        self._open: dict[Oid, str] = {}
        self._is_quiet = False
        self._nonce = 0
        self._orders = 0

    def begin(self) -> None:
        self._kernel.after_ms(self._pause_ms * 2 * self._uniform(), self._act)

    def hush(self) -> None:
        """Trade no more, and take everything out of the books; twice, for a list may be old."""
        self._is_quiet = True
        for after_ms in (0, LIST_AGE_MS_MAX):
            self._kernel.after_ms(after_ms, self._cancel_all)

    def _act(self) -> None:
        if self._is_quiet:
            return
        coin = list(self._instruments)[int(self._uniform() * len(self._instruments))]
        self._ask({"type": "l2Book", "coin": coin}, lambda book: self._trade(coin, book))
        self.begin()

    def _trade(self, coin: str, book: Any) -> None:
        if self._is_quiet or not all(book["levels"]):
            return
        draw = self._uniform()
        oid = next(iter(self._open), None)
        if oid is not None and (draw < 0.2 or len(self._open) >= OPEN_MAX):
            asset_id = self._instruments[self._open.pop(oid)].asset_id
            self._send(CancelAction((CancelWire(asset_id, oid),)))
        elif oid is not None and draw < 0.3 and self._open[oid] == coin:
            del self._open[oid]
            self._send(BatchModifyAction((ModifyWire(oid, self._order(coin, book)),)), coin)
        elif draw < 0.6:
            self._send(OrderAction((self._sweep(coin, book),), "na"), coin)
        else:
            self._send(OrderAction((self._order(coin, book),), "na"), coin)

    def _sweep(self, coin: str, book: Any) -> OrderWire:
        """Take several levels at once: many fills of one millisecond."""
        side = Side.BUY if self._uniform() < 0.5 else Side.SELL
        levels = book["levels"][1 if side is Side.BUY else 0][: 2 + int(self._uniform() * 6)]
        size = sum((Decimal(level["sz"]) for level in levels), Decimal(0))
        limit_px = Decimal(levels[-1]["px"])
        return self._wire(coin, side, size, limit_px, TimeInForce.IOC)

    def _order(self, coin: str, book: Any) -> OrderWire:
        side = Side.BUY if self._uniform() < 0.5 else Side.SELL
        best = Decimal(book["levels"][0 if side is Side.BUY else 1][0]["px"])
        away = Decimal(repr(1 + REACH * (self._uniform() - 0.3) * side.sign))
        size = Decimal(repr((20 + 2_000 * self._uniform()) / float(best)))
        return self._wire(coin, side, size, best * away, TimeInForce.GTC)

    def _wire(
        self, coin: str, side: Side, size: Decimal, limit_px: Decimal, tif: TimeInForce
    ) -> OrderWire:
        instrument = self._instruments[coin]
        self._orders += 1
        foreign = Cloid(f"0x{self._orders:032x}") if self._uniform() < 0.3 else None
        return limit_order(
            instrument,
            side=side,
            size=instrument.round_size(size),
            limit_px=instrument.round_px(limit_px),
            tif=tif,
            reduce_only=False,
            cloid=foreign,
        )

    def _cancel_all(self) -> None:
        self._ask({"type": "openOrders", "user": self._signer.address}, self._cancel_listed)

    def _cancel_listed(self, rows: Any) -> None:
        wires = tuple(
            CancelWire(self._instruments[row["coin"]].asset_id, Oid(row["oid"]))
            for row in rows
            if not row.get("cloid", "").startswith("0x4869")
        )
        if wires:
            self._send(CancelAction(wires))

    # --- the wire ---

    def _ask(self, request: dict[str, Any], told: Callable[[Any], None]) -> None:
        def answered(status: int, body: bytes) -> None:
            if status == 200 and body.endswith((b"]", b"}")):
                told(msgspec.json.decode(body))

        self._venue.http("/info", msgspec.json.encode(request), ip=IP, answer=answered)

    def _send(self, action: L1Action, coin: str = "") -> None:
        self._nonce = max(self._nonce + 1, self._venue.now_ms)
        signature = self._signer.sign_l1(action, self._nonce, is_mainnet=False)
        body = signed_request(action, self._nonce, signature)

        def answered(status: int, reply: bytes) -> None:
            if status == 200 and b'"resting"' in reply:
                (row,) = msgspec.json.decode(reply)["response"]["data"]["statuses"]
                self._open[Oid(row["resting"]["oid"])] = coin

        self._venue.http("/exchange", body, ip=IP, answer=answered)
