"""Traders whose USDC is one balance, and what the venue shows of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.localvenue.still_venue import Stage, Trader

from hive.localvenue.listings.spot_balances import USDC

OK = {"status": "ok", "response": {"type": "default"}}
USDC_NAME = "USDC:0x6d1e7cde53ba9467b783cb7c530ce054"


def set_mode(trader: Trader, mode: str, user: str | None = None) -> Any:
    return trader.sign("userSetAbstraction", user=user or trader.address, abstraction=mode)


def mode_of(trader: Trader) -> Any:
    return trader.stage.ask(type="userAbstraction", user=trader.address)


def unified(stage: Stage, number: int, usd: int = 10_000, **tokens: str) -> Trader:
    """Somebody with one balance, paid in on the perp side."""
    trader = stage.trader(number, usd=usd)
    for name, amount in tokens.items():
        assert stage.venue.credit_token(trader.address, name, Decimal(amount))
    assert set_mode(trader, "unifiedAccount") == OK
    return trader


def spot_state(trader: Trader) -> Any:
    return trader.stage.ask(type="spotClearinghouseState", user=trader.address)


def usdc(trader: Trader) -> tuple[Decimal | int, Decimal | int]:
    """Total and hold."""
    (row,) = [row for row in spot_state(trader)["balances"] if row["coin"] == "USDC"]
    assert (row["token"], row["entryNtl"]) == (USDC, "0.0")
    return Decimal(row["total"]), Decimal(row["hold"])


def after_maintenance(trader: Trader) -> Decimal:
    ((token, amount),) = spot_state(trader)["tokenToAvailableAfterMaintenance"]
    assert token == USDC
    return Decimal(amount)


def send_asset(trader: Trader, to: str, amount: str, source: str, target: str) -> Any:
    fields = {"destination": to, "sourceDex": source, "destinationDex": target}
    return trader.sign("sendAsset", **fields, token=USDC_NAME, amount=amount, fromSubAccount="")
