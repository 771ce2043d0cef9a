"""What the venue tells an account about itself, as JSON values in its own field order."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from hive.localvenue.accounts.account import Account, FillRow, Holding
from hive.localvenue.clearing.news import OrderNote
from hive.localvenue.limits.address_budget import AddressBudget
from hive.localvenue.margin.requirements import (
    MarkOf,
    Summary,
    isolated_usd,
    liquidation_px_text,
    summarize,
)
from hive.localvenue.orders.venue_order import LIVE, OrderState, Tif, VenueOrder
from hive.localvenue.units import ratio_text, usd_text
from hive.localvenue.views import spot as views_spot
from hive.localvenue.views.unified import dex_share

Json = dict[str, Any]

ROE_DECIMALS: Final = 10
USDC: Final = "USDC"
MARKET_TIFS: Final = (Tif.FRONTEND_MARKET, Tif.LIQUIDATION_MARKET)

# --- orders ---


def basic_order(order: VenueOrder, open_size: int) -> Json:
    """An order in brief: `cloid` only if it has one, `reduceOnly` only if it is."""
    listing = order.listing
    row: Json = {
        "coin": listing.coin,
        "side": "B" if order.is_buy else "A",
        "limitPx": listing.px_text(order.px),
        "sz": listing.size_text(open_size),
        "oid": order.oid,
        "timestamp": order.placed_ms,
        "origSz": listing.size_text(order.size),
    }
    if order.cloid is not None:
        row["cloid"] = order.cloid
    if order.reduce_only:
        row["reduceOnly"] = True
    return row


def frontend_order(order: VenueOrder, open_size: int) -> Json:
    """An order in full."""
    listing = order.listing
    return {
        "coin": listing.coin,
        "side": "B" if order.is_buy else "A",
        "limitPx": listing.px_text(order.px),
        "sz": listing.size_text(open_size),
        "oid": order.oid,
        "timestamp": order.placed_ms,
        "triggerCondition": _trigger_condition(order),
        "isTrigger": order.trigger is not None,
        "triggerPx": "0.0" if order.trigger is None else listing.px_text(order.trigger.px),
        "children": _children(order),
        "isPositionTpsl": order.is_position_tpsl,
        "reduceOnly": order.reduce_only,
        "orderType": _order_type(order),
        "origSz": listing.size_text(order.size),
        "tif": order.tif.value if order.trigger is None else None,
        "cloid": order.cloid,
    }


def _trigger_condition(order: VenueOrder) -> str:
    if order.trigger is None:
        return "N/A"
    way = "above" if order.trigger.is_above(is_buy=order.is_buy) else "below"
    return f"Price {way} {order.listing.px_text(order.trigger.px)}"


def _order_type(order: VenueOrder) -> str:
    if order.twap_id is not None:
        return "Twap Slice"
    if order.trigger is None:
        return "Market" if order.tif in MARKET_TIFS else "Limit"
    kind = "Take Profit" if order.trigger.is_take_profit else "Stop"
    return f"{kind} {'Market' if order.trigger.is_market else 'Limit'}"


def _children(order: VenueOrder) -> list[Json]:
    """Those that wait for this order's fill."""
    family = order.family
    if family is None or order is not family.parent:
        return []
    return [frontend_order(child, child.open_size) for child in family.children if child.is_live]


def order_update(note: OrderNote) -> Json:
    return {
        "order": basic_order(note.order, note.open_size),
        "status": note.status.value,
        "statusTimestamp": note.ms,
    }


def order_status(order: VenueOrder | None, state: OrderState | None) -> Json:
    """The answer to orderStatus, for an order in the state that the reader may see."""
    if order is None or state is None:
        return {"status": "unknownOid"}
    return {
        "status": "order",
        "order": {
            "order": frontend_order(order, state.open_size),
            "status": state.status.value,
            "statusTimestamp": state.ms,
        },
    }


def open_orders(account: Account) -> list[tuple[VenueOrder, int]]:
    """Open orders with what is open of them, the newest first."""
    return [(order, order.open_size) for order in reversed(account.open_orders.values())]


def open_orders_at(account: Account, ms: int) -> list[tuple[VenueOrder, int]]:
    """The same as it was at that time."""
    found = []
    for order in reversed(account.orders.values()):
        if order.is_live and order.status_ms <= ms:
            found.append((order, order.open_size))
        elif order.status_ms > ms:
            state = order.state_at(ms)
            if state is not None and state.status in LIVE:
                found.append((order, state.open_size))
    return found


# --- fills ---


def fill(row: FillRow) -> Json:
    listing = row.listing
    shown: Json = {
        "coin": listing.coin,
        "px": listing.px_text(row.px),
        "sz": listing.size_text(row.size),
        "side": "B" if row.is_buy else "A",
        "time": row.ms,
        "startPosition": listing.size_text(row.start_position),
        "dir": row.direction,
        "closedPnl": usd_text(row.closed_usd),
        "hash": row.hash,
        "oid": row.oid,
        "crossed": row.is_taker,
        "fee": usd_text(row.fee_usd),
        "tid": row.tid,
    }
    if row.cloid is not None:
        shown["cloid"] = row.cloid
    if row.liquidation is not None:
        shown["liquidation"] = row.liquidation
    if row.deployer_usd is not None:
        shown["deployerFee"] = usd_text(row.deployer_usd)
    if row.builder_usd:
        shown["builderFee"] = usd_text(row.builder_usd)
    shown["feeToken"] = USDC
    shown["twapId"] = row.twap_id
    return shown if row.spot is None else {**shown, **views_spot.fill_money(row.spot)}


def aggregated(rows: list[FillRow]) -> list[FillRow]:
    """Partial fills of one order in one block put together; the first one's ids stand for all."""
    merged: list[FillRow] = []
    place: dict[tuple[int, int, bool], int] = {}
    for row in rows:
        key = (row.oid, row.ms, row.is_taker)
        if key not in place:
            place[key] = len(merged)
            merged.append(row)
            continue
        before = merged[place[key]]
        size = before.size + row.size
        merged[place[key]] = replace(
            before,
            px=(before.px * before.size + row.px * row.size) // size,
            size=size,
            closed_usd=before.closed_usd + row.closed_usd,
            fee_usd=before.fee_usd + row.fee_usd,
            builder_usd=before.builder_usd + row.builder_usd,
            deployer_usd=None
            if before.deployer_usd is None
            else before.deployer_usd + (row.deployer_usd or 0),
            spot=before.spot.plus(row.spot) if before.spot and row.spot else None,
        )
    return merged


# --- the account ---


class Covering(NamedTuple):
    """What covers cross positions, and what it has to cover."""

    equity_usd: int
    maintenance_usd: int


def clearinghouse_state(
    account: Account | None, mark_of: MarkOf, now_ms: int, dex: str = ""
) -> Json:
    """Positions and margin at present marks; an empty state for who never deposited."""
    margin = None if account is None else account.margins.get(dex)
    summary = Summary() if margin is None else summarize(margin, mark_of)
    covering = Covering(summary.equity_usd, summary.maintenance_usd)
    if account is not None and account.is_unified:
        share = dex_share(account, dex, mark_of)
        summary = share.summary
        covering = Covering(share.covering_usd, share.maintenance_usd)
    held = [] if margin is None else [each for each in margin.holdings.values() if each.size]
    positions = [
        {"type": "oneWay", "position": _position(holding, mark_of, covering)} for holding in held
    ]
    cross = (
        summary.equity_usd,
        summary.notional_usd,
        summary.raw_usd,
        summary.margin_used_usd,
    )
    isolated = (
        summary.isolated_margin_usd,
        summary.isolated_notional_usd,
        summary.isolated_raw_usd,
        summary.isolated_margin_usd,
    )
    both = (of_cross + of_isolated for of_cross, of_isolated in zip(cross, isolated, strict=True))
    return {
        "marginSummary": _totals(*both),
        "crossMarginSummary": _totals(*cross),
        "crossMaintenanceMarginUsed": usd_text(summary.maintenance_usd),
        "withdrawable": usd_text(summary.withdrawable_usd),
        "assetPositions": positions,
        "time": now_ms,
    }


def _totals(equity_usd: int, notional_usd: int, raw_usd: int, margin_used_usd: int) -> Json:
    return {
        "accountValue": usd_text(equity_usd),
        "totalNtlPos": usd_text(notional_usd),
        "totalRawUsd": usd_text(raw_usd),
        "totalMarginUsed": usd_text(margin_used_usd),
    }


def leverage(holding: Holding) -> Json:
    """A coin's leverage; with `rawUsd` where a position has margin of its own."""
    if not holding.is_isolated:
        return {"type": "cross", "value": holding.leverage}
    shown: Json = {"type": "isolated", "value": holding.leverage}
    return {**shown, "rawUsd": usd_text(holding.raw_usd)} if holding.size else shown


def _position(holding: Holding, mark_of: MarkOf, covering: Covering) -> Json:
    listing = holding.listing
    mark = mark_of(listing.coin)
    magnitude = abs(holding.size)
    value = magnitude * mark
    side = 1 if holding.size > 0 else -1
    unrealized = side * (value - holding.cost_usd)
    if holding.is_isolated:
        margin_used = equity = isolated_usd(holding, mark)
        maintenance = listing.maintenance_usd(value)
    else:
        margin_used = value // holding.leverage
        equity, maintenance = covering
    liquidation_px = liquidation_px_text(
        holding, mark, equity_usd=equity, maintenance_usd=maintenance
    )
    return {
        "coin": listing.coin,
        "szi": listing.size_text(holding.size),
        "leverage": leverage(holding),
        "entryPx": listing.px_text(holding.cost_usd // magnitude),  # cut, as recorded ones are
        "positionValue": usd_text(value),
        "unrealizedPnl": usd_text(unrealized),
        "returnOnEquity": ratio_text(
            unrealized * holding.leverage, holding.cost_usd or 1, ROE_DECIMALS
        ),
        "liquidationPx": liquidation_px,
        "marginUsed": usd_text(margin_used),
        "maxLeverage": listing.leverage_max,
        "cumFunding": {
            "allTime": usd_text(holding.funding_ever_usd),
            "sinceOpen": usd_text(holding.funding_since_open_usd),
            "sinceChange": usd_text(holding.funding_since_change_usd),
        },
    }


def user_rate_limit(volume_usd: int, budget: AddressBudget, cap: int) -> Json:
    return {
        "cumVlm": usd_text(volume_usd),
        "nRequestsUsed": budget.used,
        "nRequestsCap": cap,
        "nRequestsSurplus": budget.reserved,
    }
