"""Somebody else with a key of an account: a person, or another bot, beside its desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
from tests.simulation.ambiguity import DoubtfulWorld

from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import OrderAction, limit_order
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import (
    SIGNATURE_CHAIN_ID,
    UsdClassTransferAction,
    chain_name,
)
from hive.localvenue.listings.catalog import recorded_catalog

IP: Final = "198.51.100.9"
NONCE_AHEAD_MS: Final = 3_600_000
"""Far from the desk's own nonces, which follow the clock."""
FAR: Final = Decimal("0.1")


class Foreigner:
    """Signs for an account beside its desk."""

    def __init__(self, world: DoubtfulWorld, signer: Signer) -> None:
        self._world = world
        self._signer = signer
        self._nonce = world.served.now_ms + NONCE_AHEAD_MS
        self.answers: list[Any] = []

    def trade(
        self, coin: str, side: Side, size: str, *, away: Decimal = -FAR, tif: str = "Ioc"
    ) -> None:
        """Order at a price `away` from the mark, towards the passive side if positive."""
        instrument = _instrument(coin)
        px = self._mark_px(coin) * (1 - away * side.sign)
        wire = limit_order(
            instrument,
            side=side,
            size=Decimal(size),
            limit_px=instrument.round_px(px),
            tif=TimeInForce(tif),
            reduce_only=False,
        )
        self.send(OrderAction((wire,), "na"))

    def transfer(self, usd: str, *, to_perp: bool) -> None:
        """Between the account's sides."""
        self._nonce += 1
        action = UsdClassTransferAction(
            signature_chain_id=SIGNATURE_CHAIN_ID,
            hyperliquid_chain=chain_name(is_mainnet=False),
            amount=usd,
            to_perp=to_perp,
            nonce=self._nonce,
        )
        self._post(signed_request(action, self._nonce, self._signer.sign_user_action(action)))

    def send(self, action: L1Action) -> None:
        """Sign and send; the answer is among `answers` when its block is made."""
        self._nonce += 1
        signature = self._signer.sign_l1(action, self._nonce, is_mainnet=False)
        self._post(signed_request(action, self._nonce, signature))

    def _post(self, body: bytes) -> None:
        def answered(status: int, reply: bytes) -> None:
            assert status == 200, reply
            self.answers.append(msgspec.json.decode(reply))

        self._world.served.http("/exchange", body, ip=IP, answer=answered)
        self._world.pass_ms(500)
        assert self.answers[-1]["status"] == "ok", self.answers[-1]

    def _mark_px(self, coin: str) -> Decimal:
        found: list[Any] = []
        body = msgspec.json.encode({"type": "allMids"})
        self._world.served.http(
            "/info", body, ip=IP, answer=lambda status, reply: found.append(reply)
        )
        return Decimal(msgspec.json.decode(found[0])[coin])


def _instrument(coin: str) -> Instrument:
    listing = recorded_catalog().of_coin(coin)
    assert listing is not None
    return listing.instrument
