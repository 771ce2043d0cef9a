"""What a crowd does, a row for each kind of action. Whoever adds an action to the venue adds a row.

A name that begins with `trade` is also done for sub-accounts and vaults. What the venue does not
offer is passed over, and need not be accepted by the end.
"""

from __future__ import annotations

from typing import Any, Final

from tests.properties.crowd import SUBS_MAX, TOKENS, VAULTS_MAX, Crowd, Doing, Json

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.units import USD

CHAIN: Final = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}
TIFS: Final = ("Gtc", "Gtc", "Ioc", "Alo")
BUILDER_TENTHS: Final = 50


# --- orders ---


def order(crowd: Crowd, listing: Listing, **more: Any) -> Json:
    """A limit order near the mark; of a perp now and then one that only reduces."""
    px = _px(crowd, listing, 1.0 + 0.006 * (crowd.rng.random() - 0.5))
    usd = crowd.rng.lognormvariate(6.5, 1.4) if listing.pair is None else 200.0
    size = max(1, round(listing.size_scale * usd * listing.px_scale / px))
    return {
        "a": listing.asset_id,
        "b": crowd.rng.random() < 0.5,
        "p": listing.px_text(px),
        "s": listing.size_text(size),
        "r": listing.pair is None and crowd.rng.random() < 0.2,
        "t": {"limit": {"tif": crowd.one_of(list(TIFS))}},
        **more,
    }


def _px(crowd: Crowd, listing: Listing, factor: float) -> int:
    px = max(1, round(crowd.mark_of(listing.coin) * factor))
    return px - px % listing.tick_at(px)


def _orders(*orders: Json, grouping: str = "na", **more: Any) -> Json:
    return {"type": "order", "orders": list(orders), "grouping": grouping, **more}


def _place(crowd: Crowd, _: Account) -> Json:
    count = 1 + int(crowd.rng.random() * 3)
    cloids = (f"0x{crowd.rng.randrange(2**128):032x}" for _ in range(count))
    return _orders(*(order(crowd, crowd.listing(), c=cloid) for cloid in cloids))


def _place_for_builder(crowd: Crowd, account: Account) -> Json | None:
    builders = crowd.office.registry.builders.builders(account.address)
    if not builders:
        return None
    builder = {"b": crowd.one_of(builders), "f": BUILDER_TENTHS}
    return _orders(order(crowd, crowd.listing()), builder=builder)


def _child(crowd: Crowd, listing: Listing, *, is_buy: bool, size: str, tpsl: str) -> Json:
    is_above = is_buy is (tpsl == "sl")
    away = (0.0005 + 0.01 * crowd.rng.random()) * (1 if is_above else -1)
    px = listing.px_text(_px(crowd, listing, 1.0 + away))
    trigger = {"isMarket": crowd.rng.random() < 0.5, "triggerPx": px, "tpsl": tpsl}
    terms = {"trigger": trigger}
    return {"a": listing.asset_id, "b": is_buy, "p": px, "s": size, "r": True, "t": terms}


def _bracket(crowd: Crowd, _: Account) -> Json:
    listing = crowd.perp()
    entry = order(crowd, listing, r=False)
    exits = [
        _child(crowd, listing, is_buy=not entry["b"], size=entry["s"], tpsl=each)
        for each in ("tp", "sl")
    ]
    return _orders(entry, *exits, grouping="normalTpsl")


def _protect(crowd: Crowd, account: Account) -> Json:
    listing = crowd.perp()
    is_buy = account.size_of(listing.coin) < 0
    exits = [_child(crowd, listing, is_buy=is_buy, size="0", tpsl=each) for each in ("tp", "sl")]
    return _orders(*exits, grouping="positionTpsl")


def _cancel(crowd: Crowd, account: Account) -> Json | None:
    resting = list(account.open_orders.values())
    if not resting:
        return None
    chosen = crowd.one_of(resting)
    return {"type": "cancel", "cancels": [{"a": chosen.listing.asset_id, "o": chosen.oid}]}


def _cancel_by_cloid(crowd: Crowd, account: Account) -> Json | None:
    named = [each for each in account.open_orders.values() if each.cloid is not None]
    if not named:
        return None
    chosen = crowd.one_of(named)
    cancel = {"asset": chosen.listing.asset_id, "cloid": chosen.cloid}
    return {"type": "cancelByCloid", "cancels": [cancel]}


def _modify(crowd: Crowd, account: Account) -> Json | None:
    resting = list(account.open_orders.values())
    if not resting:
        return None
    chosen = crowd.one_of(resting)
    return {"type": "modify", "oid": chosen.oid, "order": order(crowd, chosen.listing)}


def _modify_some(crowd: Crowd, account: Account) -> Json | None:
    resting = list(account.open_orders.values())[:3]
    rows = [{"oid": each.oid, "order": order(crowd, each.listing)} for each in resting]
    return {"type": "batchModify", "modifies": rows} if rows else None


def _schedule_cancel(crowd: Crowd, _: Account) -> Json:
    return {"type": "scheduleCancel", "time": crowd.now_ms + 6_000}


def _twap(crowd: Crowd, _: Account) -> Json:
    plain = order(crowd, crowd.perp())
    terms = {"a": plain["a"], "b": plain["b"], "s": plain["s"], "r": False, "m": 5, "t": True}
    return {"type": "twapOrder", "twap": terms}


def _twap_cancel(crowd: Crowd, account: Account) -> Json | None:
    running = crowd.engine.twaps.running(account.address)
    if not running:
        return None
    chosen = crowd.one_of(running)
    return {"type": "twapCancel", "a": chosen.order.listing.asset_id, "t": chosen.twap_id}


# --- margin ---


def _leverage(crowd: Crowd, _: Account) -> Json:
    listing = crowd.perp()
    leverage = 1 + int(crowd.rng.random() * listing.leverage_max)
    is_cross = crowd.rng.random() < 0.5
    fields = {"asset": listing.asset_id, "isCross": is_cross, "leverage": leverage}
    return {"type": "updateLeverage", **fields}


def _isolated_margin(crowd: Crowd, account: Account) -> Json | None:
    isolated = [each for each in account.each_holding() if each.is_isolated and each.size]
    if not isolated:
        return None
    usd = int((crowd.rng.random() - 0.4) * 100 * USD)
    asset = crowd.one_of(isolated).listing.asset_id
    return {"type": "updateIsolatedMargin", "asset": asset, "isBuy": True, "ntli": usd}


def _top_up(crowd: Crowd, _: Account) -> Json:
    leverage = str(1 + int(crowd.rng.random() * 20))
    asset = crowd.perp().asset_id
    return {"type": "topUpIsolatedOnlyMargin", "asset": asset, "leverage": leverage}


# --- money ---


def _amount(crowd: Crowd) -> str:
    return f"{crowd.rng.lognormvariate(3, 2):.6f}"


def _usd_send(crowd: Crowd, account: Account) -> Json:
    other = crowd.other(account.address)
    fields = {"destination": other, "amount": _amount(crowd), "time": crowd.nonce}
    return {"type": "usdSend", **CHAIN, **fields}


def _withdraw(crowd: Crowd, account: Account) -> Json:
    fields = {"destination": account.address, "amount": _amount(crowd), "time": crowd.nonce}
    return {"type": "withdraw3", **CHAIN, **fields}


def _class_transfer(crowd: Crowd, _: Account) -> Json:
    fields = {"amount": _amount(crowd), "toPerp": crowd.rng.random() < 0.5, "nonce": crowd.nonce}
    return {"type": "usdClassTransfer", **CHAIN, **fields}


def _spot_send(crowd: Crowd, account: Account) -> Json:
    token = crowd.engine.market.catalog.tokens.of_name(crowd.one_of(list(TOKENS)))
    assert token is not None
    amount = token.text(crowd.rng.randrange(10**8))
    fields = {"destination": crowd.other(account.address), "token": token.wire_name}
    return {"type": "spotSend", **CHAIN, **fields, "amount": amount, "time": crowd.nonce}


def _send_asset(crowd: Crowd, account: Account) -> Json:
    sides = ["", "spot", "xyz"]
    return {
        "type": "sendAsset",
        **CHAIN,
        "destination": crowd.one_of([account.address, crowd.other(account.address)]),
        "sourceDex": crowd.one_of(sides),
        "destinationDex": crowd.one_of(sides),
        "token": "USDC:0x6d1e7cde53ba9467b783cb7c530ce054",
        "amount": _amount(crowd)[:-2],
        "fromSubAccount": crowd.one_of(["", *crowd.subs_of(account.address)]),
        "nonce": crowd.nonce,
    }


def _stake(crowd: Crowd, _: Account) -> Json:
    kind = crowd.one_of(["cDeposit", "cWithdraw"])
    return {"type": kind, **CHAIN, "wei": crowd.rng.randrange(1, 10**8), "nonce": crowd.nonce}


def _reserve_weight(_: Crowd, __: Account) -> Json:
    return {"type": "reserveRequestWeight", "weight": 100}


# --- modes ---


def _mode(crowd: Crowd, account: Account) -> Json:
    """Of oneself, who is seldom flat, or of a sub-account, which more often is."""
    mode = crowd.one_of(["unifiedAccount", "unifiedAccount", "disabled"])
    whose = crowd.one_of([account.address, *crowd.subs_of(account.address) * 3])
    fields = {"user": whose, "abstraction": mode, "nonce": crowd.nonce}
    return {"type": "userSetAbstraction", **CHAIN, **fields}


def _mode_by_agent(crowd: Crowd, _: Account) -> Json:
    return {"type": "agentSetAbstraction", "abstraction": crowd.one_of(["i", "u", "u"])}


# --- sub-accounts, vaults, builders ---


def _create_sub(crowd: Crowd, account: Account) -> Json | None:
    is_full = len(crowd.subs_of(account.address)) >= SUBS_MAX
    return None if is_full else {"type": "createSubAccount", "name": "sub"}


def _sub_transfer(crowd: Crowd, account: Account) -> Json | None:
    subs = crowd.subs_of(account.address)
    if not subs:
        return None
    named = {"subAccountUser": crowd.one_of(subs), "isDeposit": crowd.rng.random() < 0.6}
    return {"type": "subAccountTransfer", **named, "usd": crowd.rng.randrange(1, 10**9)}


def _create_vault(crowd: Crowd, _: Account) -> Json | None:
    if len(list(crowd.office.registry.vaults.all())) >= VAULTS_MAX:
        return None
    fields = {"name": "vault", "description": "a vault of many", "nonce": crowd.nonce}
    return {"type": "createVault", **fields, "initialUsd": 10**8 + crowd.rng.randrange(10**8)}


def _vault_transfer(crowd: Crowd, _: Account) -> Json | None:
    vaults = [vault.address for vault in crowd.office.registry.vaults.all()]
    if not vaults:
        return None
    fields = {"vaultAddress": crowd.one_of(vaults), "isDeposit": crowd.rng.random() < 0.6}
    return {"type": "vaultTransfer", **fields, "usd": crowd.rng.randrange(1, 5 * 10**8)}


def _approve_builder(crowd: Crowd, account: Account) -> Json:
    builder = crowd.one_of([name for name in crowd.names[:5] if name != account.address])
    fields = {"maxFeeRate": "0.05%", "builder": builder, "nonce": crowd.nonce}
    return {"type": "approveBuilderFee", **CHAIN, **fields}


def _claim(_: Crowd, __: Account) -> Json:
    return {"type": "claimRewards"}


DOINGS: Final = {
    "trade: place": Doing(40, _place),
    "trade: place for a builder": Doing(3, _place_for_builder),
    "trade: bracket": Doing(4, _bracket),
    "trade: protect": Doing(3, _protect),
    "trade: cancel": Doing(8, _cancel),
    "trade: cancel by cloid": Doing(4, _cancel_by_cloid),
    "trade: modify": Doing(4, _modify),
    "trade: modify some": Doing(4, _modify_some),
    "trade: schedule cancel": Doing(1, _schedule_cancel),
    "trade: twap": Doing(2, _twap),
    "trade: cancel a twap": Doing(1, _twap_cancel),
    "trade: leverage": Doing(5, _leverage),
    "trade: isolated margin": Doing(6, _isolated_margin),
    "trade: top up": Doing(1, _top_up),
    "send USD": Doing(2, _usd_send),
    "withdraw": Doing(1, _withdraw),
    "between perp and spot": Doing(2, _class_transfer),
    "send a token": Doing(2, _spot_send),
    "send an asset": Doing(2, _send_asset),
    "stake": Doing(1, _stake),
    "reserve weight": Doing(1, _reserve_weight),
    "choose a mode": Doing(3, _mode),
    "trade: choose a mode": Doing(1, _mode_by_agent),
    "create a sub-account": Doing(1, _create_sub),
    "to or from a sub-account": Doing(3, _sub_transfer),
    "create a vault": Doing(1, _create_vault),
    "to or from a vault": Doing(3, _vault_transfer),
    "approve a builder": Doing(1, _approve_builder),
    "claim": Doing(1, _claim),
}
