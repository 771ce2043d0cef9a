"""A venue on which one account has done everything that leaves a trace."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.localvenue.still_venue import (
    BTC,
    START_MS,
    Stage,
    Trader,
    buy,
    cloid_of,
    order_action,
    sell,
)
from tests.unit.localvenue.wire_stage import WireSocket, WireStage

from hive.localvenue.config import Cadence
from hive.localvenue.office.account_rules import AccountRules

HOUR_MS = 3_600_000
HYPE_TOKEN = "HYPE"
PURR_TOKEN = "PURR:0xc1fb593aeffbeb02f85e0308e9956a90"
VALIDATOR = "0x" + "5a" * 20


class EventfulWorld:
    """The venue behind its server, the account, and a socket that heard it all."""

    def __init__(self) -> None:
        self.stage = Stage(
            accounts=AccountRules(vault_creation_fee_usd=0), cadence=Cadence(dust_ms=2 * HOUR_MS)
        )
        self.wire = WireStage(self.stage)
        self.maker = self.stage.trader(1, usd=10**7)
        self.actor = self.stage.trader(2, usd=200_000)
        self.user = self.actor.address
        self.socket = self.wire.connect()
        self.frames: list[Any] = []
        self._subscribe(self.socket)
        self._trade()
        self._move_money()
        self._pass_an_hour()
        self.frames += self.socket.heard()

    def _subscribe(self, socket: WireSocket) -> None:
        of_user = ("orderUpdates", "userEvents")
        of_coin = ("l2Book", "bbo", "trades", "activeAssetCtx")
        wanted: list[dict[str, Any]] = [
            *({"type": kind, "user": self.user} for kind in of_user),
            *({"type": kind, "coin": "BTC"} for kind in of_coin),
            {"type": "candle", "coin": "BTC", "interval": "1m"},
            {"type": "allMids"},
            {"type": "allDexsAssetCtxs"},
        ]
        for subscription in wanted:
            self.frames += socket.subscribe(**subscription)

    def _trade(self) -> None:
        """Fills, a resting order, one that was cancelled, one that waits for its price and one
        whose child waits for it."""
        self.maker.place(sell(80_100, 3), buy(79_900, 3))
        self.actor.place(buy(80_100, "1.5", tif="Ioc", cloid=cloid_of(1)))
        self.actor.place(buy(79_000, 1, cloid=cloid_of(2)), sell(90_000, "0.1", reduce_only=True))
        gone = self.actor.place_one(buy(78_000, 1))["resting"]["oid"]
        self.actor.cancel(BTC, gone)
        terms = {"isMarket": True, "triggerPx": "90000", "tpsl": "tp"}
        waiting = {**sell(90_000, 1, reduce_only=True), "t": {"trigger": terms}}
        self.actor.act(order_action(waiting))
        family = order_action(buy(79_100, 1), waiting)
        self.actor.act({**family, "grouping": "normalTpsl"})
        poor = self.stage.trader(4, usd=200_000)
        poor.place(buy(80_100, "0.5", tif="Ioc", cloid=cloid_of(3)))

    def _move_money(self) -> None:
        """Agents, transfers, a vault, a stake."""
        actor, friend = self.actor, self.stage.trader(3)
        actor.sign("approveAgent", agentAddress=Trader(self.stage, 9).address, agentName="bot")
        for name, amount in ((HYPE_TOKEN, 100), ("PURR", 100), ("USDC", 100)):
            self.stage.venue.credit_token(actor.address, name, Decimal(amount))
        actor.sign("usdClassTransfer", amount="12", toPerp=False)
        actor.sign("usdSend", destination=friend.address, amount="5")
        actor.sign("spotSend", destination=friend.address, token=PURR_TOKEN, amount="1")
        nonce = self.stage.now_ms + 10
        made = friend.act(
            {
                "type": "createVault",
                "name": "A vault",
                "description": "One to put money into",
                "initialUsd": 1_000_000_000,
                "nonce": nonce,
            },
            nonce=nonce,
        )
        vault = made["response"]["data"]
        actor.act(
            {"type": "vaultTransfer", "vaultAddress": vault, "isDeposit": True, "usd": 100_000_000}
        )
        actor.sign("cDeposit", wei=10 * 10**8)
        actor.sign("tokenDelegate", validator=VALIDATOR, wei=5 * 10**8, isUndelegate=False)

    def _pass_an_hour(self) -> None:
        """Funding is paid, and everything that goes by the clock is told."""
        self.stage.pass_ms(HOUR_MS - START_MS % HOUR_MS)
        self.wire.core.advance(self.stage.now_ms)
        self.stage.pass_ms(20_000)

    def answer(self, request: dict[str, Any]) -> Any:
        """What this venue says to a request that somebody else once sent, asked for this account
        and its time."""
        ours: dict[str, Any] = {**request}
        if "user" in ours:
            ours["user"] = self.user
        if "startTime" in ours:
            ours["startTime"] = START_MS - HOUR_MS
        ours.pop("endTime", None)
        if "req" in ours:
            span = {"startTime": START_MS - 3 * HOUR_MS}
            ours["req"] = {"coin": "BTC", "interval": ours["req"]["interval"], **span}
        return self.wire.info(**ours)

    def frame(self, channel: str) -> Any:
        """All payloads of a channel, as one list."""
        return [frame["data"] for frame in self.frames if frame["channel"] == channel]
