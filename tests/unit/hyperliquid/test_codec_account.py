"""What an account is told becomes exact values, and every status word means something."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.domain.orders import ReportKind
from hive.hyperliquid import wire, wire_private
from hive.hyperliquid.codec import (
    decode_push,
    report_kind,
    to_account_state,
    to_fill,
    to_funding,
    to_liquidation,
    to_open_order_report,
    to_order_report,
)

USER = Address("0x" + "ab" * 20)
CLOID = "0x" + "AB" * 16

FILL = {
    "coin": "BTC",
    "px": "83843.0",
    "sz": "0.31975",
    "side": "A",
    "time": 1790357129742,
    "startPosition": "1.5197585293",
    "dir": "Sell",
    "closedPnl": "86.62649561",
    "hash": "0xaa",
    "oid": 556657630865,
    "crossed": True,
    "fee": "-18.01551309",
    "tid": 246814713305894,
    "cloid": CLOID,
    "feeToken": "USDC",
    "twapId": 3156,
}
ORDER = {
    "coin": "BTC",
    "side": "B",
    "limitPx": "83000.0",
    "sz": "0.004",
    "oid": 556696349186,
    "timestamp": 1790360256851,
    "origSz": "0.01",
}

STATUSES = {
    ReportKind.OPEN: "open",
    ReportKind.FILLED: "filled",
    ReportKind.TRIGGERED: "triggered",
    ReportKind.CANCELED: """canceled marginCanceled vaultWithdrawalCanceled openInterestCapCanceled
        selfTradeCanceled reduceOnlyCanceled siblingFilledCanceled delistedCanceled
        liquidatedCanceled outcomeSettledCanceled scheduledCancel internalCancel
        somethingNewCanceled""",
    ReportKind.REJECTED: """rejected tickRejected minTradeNtlRejected minTradeSpotNtlRejected
        perpMarginRejected reduceOnlyRejected badAloPxRejected iocCancelRejected
        badTriggerPxRejected
        marketOrderNoLiquidityRejected positionIncreaseAtOpenInterestCapRejected
        positionFlipAtOpenInterestCapRejected tooAggressiveAtOpenInterestCapRejected
        openInterestIncreaseRejected insufficientSpotBalanceRejected oracleRejected
        perpMaxPositionRejected tooManyOpenOrdersRejected somethingNewRejected""",
    ReportKind.UNKNOWN: "resting Canceled? Open waiting",
}


@pytest.mark.parametrize(
    ("word", "kind"), [(word, kind) for kind, words in STATUSES.items() for word in words.split()]
)
def test_status_words(word: str, kind: ReportKind) -> None:
    """All that is known (protocol.md 3.5), new ones by their ending, and no guess at the rest."""
    assert report_kind(word) is kind


def test_a_fill_keeps_every_digit() -> None:
    fill = to_fill(msgspec.convert(FILL, wire_private.WsFill), USER)
    assert str(fill.start_position) == "1.5197585293"
    assert str(fill.closed_pnl_usd) == "86.62649561"
    assert (fill.px, fill.size, fill.fee) == (
        Decimal(83843),
        Decimal("0.31975"),
        Decimal("-18.01551309"),
    )
    assert (fill.account, fill.side, fill.is_taker) == (USER, Side.SELL, True)
    assert (fill.oid, fill.trade_id) == (556657630865, 246814713305894)
    assert fill.cloid == CLOID.lower()
    assert fill.twap_id == 3156
    assert fill.liquidated_user is None


def test_a_fill_without_its_optional_fields() -> None:
    bare = {key: value for key, value in FILL.items() if key not in ("cloid", "twapId")}
    fill = to_fill(msgspec.convert(bare, wire_private.WsFill), USER)
    assert (fill.cloid, fill.twap_id, fill.liquidated_user) == (None, None, None)


def test_a_fill_of_a_liquidation_names_whose() -> None:
    """It may be the counterparty's fill: the address is lower-cased, to be compared."""
    liquidation = {"liquidatedUser": "0x" + "CD" * 20, "markPx": "1.0", "method": "market"}
    fill = to_fill(msgspec.convert({**FILL, "liquidation": liquidation}, wire_private.WsFill), USER)
    assert fill.liquidated_user == "0x" + "cd" * 20


def test_a_negative_zero_has_no_sign() -> None:
    fill = to_fill(msgspec.convert({**FILL, "closedPnl": "-0.0"}, wire_private.WsFill), USER)
    assert not fill.closed_pnl_usd.is_signed()


def test_an_update_reports_what_is_still_open() -> None:
    update = {"order": ORDER, "status": "open", "statusTimestamp": 1790360256900}
    report = to_order_report(msgspec.convert(update, wire_private.OrderUpdate))
    assert (report.open_size, report.original_size) == (Decimal("0.004"), Decimal("0.01"))
    assert (report.kind, report.status, report.status_ms) == (
        ReportKind.OPEN,
        "open",
        1790360256900,
    )
    assert (report.cloid, report.reduce_only) == (None, False)


def test_an_unknown_status_is_reported_in_its_own_word() -> None:
    update = {"order": ORDER, "status": "paused", "statusTimestamp": 1}
    report = to_order_report(msgspec.convert(update, wire_private.OrderUpdate))
    assert (report.kind, report.status) == (ReportKind.UNKNOWN, "paused")


def test_an_open_order_is_open_now() -> None:
    row = {**ORDER, "cloid": CLOID, "reduceOnly": True}
    report = to_open_order_report(msgspec.convert(row, wire_private.BasicOrder), 99)
    assert (report.kind, report.status_ms) == (ReportKind.OPEN, 99)
    assert (report.cloid, report.reduce_only) == (CLOID.lower(), True)


def test_an_account_state_is_exact() -> None:
    summary = {
        "accountValue": "38252.7",
        "totalNtlPos": "1.0",
        "totalRawUsd": "-1.0",
        "totalMarginUsed": "37766.7",
    }
    position = {
        "coin": "BTC",
        "szi": "-4.5",
        "leverage": {"type": "isolated", "value": 10, "rawUsd": "5.0"},
        "entryPx": None,
        "positionValue": "0.0",
        "unrealizedPnl": "11884.306507",
        "returnOnEquity": "0.3",
        "liquidationPx": None,
        "marginUsed": "0.0",
        "maxLeverage": 40,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }
    wire_state = {
        "marginSummary": summary,
        "crossMarginSummary": summary,
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": "486.0",
        "assetPositions": [{"type": "oneWay", "position": position}],
        "time": 5,
    }
    state = to_account_state(msgspec.convert(wire_state, wire_private.ClearinghouseState), USER)
    assert (state.account, state.venue_ms) == (USER, 5)
    assert (state.equity_usd, state.margin_used_usd, state.withdrawable_usd) == (
        Decimal("38252.7"),
        Decimal("37766.7"),
        Decimal(486),
    )
    (held,) = state.positions
    assert (held.coin, held.size, held.leverage) == ("BTC", Decimal("-4.5"), 10)
    assert (held.entry_px, held.liquidation_px) == (None, None)
    assert held.unrealized_pnl_usd == Decimal("11884.306507")


def test_the_user_channel_tells_more_than_fills() -> None:
    """Funding, liquidations and the venue's own cancels, one at a time."""
    funding = (
        b'{"time":5,"coin":"BTC","usdc":"-1.0824","szi":"1.0","fundingRate":"0.0000125",'
        b'"nSamples":null}'
    )
    liquidation = (
        b'{"lid":9,"liquidator":"0x0","liquidated_user":"%b","liquidated_ntl_pos":"10.5",'
        b'"liquidated_account_value":"-2.0"}' % USER.encode()
    )
    paid = _user_push(b'{"funding":%b}' % funding)
    assert isinstance(paid.funding, wire_private.WsUserFunding)
    payment = to_funding(paid.funding, USER)
    assert (payment.usd, payment.size, payment.venue_ms) == (Decimal("-1.0824"), Decimal(1), 5)

    hit = _user_push(b'{"liquidation":%b}' % liquidation)
    assert isinstance(hit.liquidation, wire_private.WsLiquidation)
    event = to_liquidation(hit.liquidation, USER)
    assert (event.liquidation_id, event.liquidated_user) == (9, USER)
    assert (event.notional_usd, event.account_value_usd) == (Decimal("10.5"), Decimal(-2))

    gone = _user_push(b'{"nonUserCancel":[{"coin":"BTC","oid":7}]}')
    assert gone.non_user_cancel == (wire_private.NonUserCancel("BTC", 7),)
    assert gone.fills is msgspec.UNSET


def _user_push(data: bytes) -> wire_private.UserEvents:
    push = decode_push(b'{"channel":"user","data":%b}' % data)
    assert isinstance(push, wire.UserPush)
    return push.data
