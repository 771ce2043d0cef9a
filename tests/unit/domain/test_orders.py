"""An order's life is its table; fills are told apart by five things together."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise, product

import msgspec
import pytest

from hive.domain import orders
from hive.domain.errors import IllegalMove
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId, TradeId
from hive.domain.market import Side
from hive.domain.orders import (
    ORDER_MOVES,
    Fill,
    FillKey,
    Order,
    OrderCause,
    OrderPhase,
    TimeInForce,
    moved,
)

EVERY_PAIR = list(product(OrderPhase, OrderCause))

# The life as told in words, beside the table and apart from it.
LEGAL = {
    "pending": {
        "accepted": "resting",
        "unanswered": "unconfirmed",
        "not sent": "done",
        "rejected": "done",
        "filled": "done",
        "canceled": "done",
    },
    "unconfirmed": {
        "accepted": "resting",
        "rejected": "done",
        "filled": "done",
        "canceled": "done",
        "never arrived": "done",
    },
    "resting": {"filled": "done", "canceled": "done"},
    "done": {},
}

ORDER = Order(
    cloid=Cloid("0x" + "0" * 32),
    strategy=StrategyId("s"),
    coin="BTC",
    side=Side.BUY,
    size=Decimal("0.3"),
    limit_px=Decimal(90_000),
    tif=TimeInForce.GTC,
    reduce_only=False,
    phase=OrderPhase.RESTING,
    oid=Oid(7),
    filled_size=Decimal("0.1"),
    cancel_pending=False,
    replace_pending=False,
)

FILL = Fill(
    account=Address("0x" + "01" * 20),
    coin="BTC",
    side=Side.BUY,
    px=Decimal(90_000),
    size=Decimal("0.1"),
    venue_ms=1_790_000_000_000,
    trade_id=TradeId(5),
    oid=Oid(7),
    cloid=None,
    start_position=Decimal(0),
    direction="Open Long",
    closed_pnl_usd=Decimal(0),
    fee=Decimal("0.04"),
    fee_token="USDC",
    is_taker=True,
)


@pytest.mark.parametrize(("phase", "cause"), EVERY_PAIR, ids=lambda part: part.value)
def test_each_move_is_the_one_in_the_life_or_is_refused(
    phase: OrderPhase, cause: OrderCause
) -> None:
    after = LEGAL[phase.value].get(cause.value)
    if after is None:
        with pytest.raises(IllegalMove, match=f"{phase.value} cannot be {cause.value}"):
            moved(phase, cause)
    else:
        assert moved(phase, cause) is OrderPhase(after)


def test_done_is_the_end() -> None:
    assert [cause for phase, cause in ORDER_MOVES if phase is OrderPhase.DONE] == []


def test_every_cause_can_happen() -> None:
    assert {cause for _, cause in ORDER_MOVES} == set(OrderCause)


def test_every_phase_is_reached_from_pending_and_reaches_done() -> None:
    """Nothing comes back to an earlier phase, so every life ends."""
    rank = [OrderPhase.PENDING, OrderPhase.UNCONFIRMED, OrderPhase.RESTING, OrderPhase.DONE]
    assert all(rank.index(before) < rank.index(after) for (before, _), after in ORDER_MOVES.items())
    assert set(ORDER_MOVES.values()) == set(OrderPhase) - {OrderPhase.PENDING}
    assert {before for before, _ in ORDER_MOVES} == set(OrderPhase) - {OrderPhase.DONE}


def test_silence_proves_nothing() -> None:
    """An order without an answer ends only on evidence: it cannot be called unsent, nor retried."""
    unconfirmed = {cause for phase, cause in ORDER_MOVES if phase is OrderPhase.UNCONFIRMED}
    assert OrderCause.NOT_SENT not in unconfirmed
    assert OrderCause.UNANSWERED not in unconfirmed


def test_only_an_unanswered_order_can_turn_out_never_to_have_arrived() -> None:
    phases = [phase for phase, cause in ORDER_MOVES if cause is OrderCause.NEVER_ARRIVED]
    assert phases == [OrderPhase.UNCONFIRMED]


def test_the_picture_shows_every_phase_and_every_pair_of_neighbours() -> None:
    """The docstring's diagram and the table say the same: phases, and which leads to which."""
    picture = [line for line in str(orders.__doc__).splitlines() if "─" in line]
    drawn = set(phases_in("\n".join(picture)))
    assert drawn == {phase.name for phase in OrderPhase}
    resting, ended, unconfirmed = picture
    arrows = {
        *chained(resting),
        *(("PENDING", name) for name in phases_in(ended)),
        ("PENDING", "UNCONFIRMED"),
        *(("UNCONFIRMED", name) for name in phases_in(unconfirmed)[1:]),
    }
    assert arrows == {(before.name, after.name) for (before, _), after in ORDER_MOVES.items()}


def phases_in(line: str) -> list[str]:
    return re.findall(r"[A-Z]{2,}", line)


def chained(line: str) -> list[tuple[str, str]]:
    return list(pairwise(phases_in(line)))


@pytest.mark.parametrize("phase", OrderPhase, ids=lambda phase: phase.value)
def test_an_order_is_live_until_it_is_done(phase: OrderPhase) -> None:
    """What nobody has confirmed may rest at the venue, so it counts as open."""
    order = msgspec.structs.replace(ORDER, phase=phase)
    assert order.is_live == (phase is not OrderPhase.DONE)
    assert order.open_size == (Decimal("0.2") if order.is_live else 0)


def test_an_order_has_no_mutable_face() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        ORDER.size = Decimal(1)  # type: ignore[misc]  # what is refused


def test_a_fill_key_is_account_coin_time_trade_and_side() -> None:
    assert FILL.key == FillKey(FILL.account, "BTC", FILL.venue_ms, TradeId(5), Side.BUY)


@pytest.mark.parametrize(
    "changed",
    [
        {"account": Address("0x" + "02" * 20)},
        {"coin": "ETH"},
        {"venue_ms": FILL.venue_ms + 1},
        {"trade_id": TradeId(6)},
        {"side": Side.SELL},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_fills_that_differ_in_one_part_of_the_key_are_two(changed: dict[str, object]) -> None:
    """A self-trade's two sides share everything else, and both are ours."""
    assert msgspec.structs.replace(FILL, **changed).key != FILL.key


@pytest.mark.parametrize(
    "changed",
    [
        {"oid": Oid(8)},
        {"cloid": Cloid("0x" + "0" * 32)},
        {"px": Decimal(1)},
        {"fee": Decimal(1)},
        {"direction": "Buy"},
        {"is_taker": False},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_same_fill_told_otherwise_is_one(changed: dict[str, object]) -> None:
    """Streams and queries may name it with or without a cloid, before or after a replace."""
    assert msgspec.structs.replace(FILL, **changed).key == FILL.key


def test_a_fill_moves_the_position_by_its_side() -> None:
    assert FILL.signed_size == Decimal("0.1")
    assert msgspec.structs.replace(FILL, side=Side.SELL).signed_size == Decimal("-0.1")
