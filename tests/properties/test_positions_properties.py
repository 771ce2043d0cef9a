"""Positions of any owners, after any fills and payments, sum to the account's to the last digit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.fills import ACCOUNT, fill

from hive.domain.account import Funding
from hive.domain.identifiers import StrategyId
from hive.portfolio.position_chain import PositionChain
from hive.portfolio.positions import Owner, Positions

OWNERS: list[Owner] = [None, StrategyId("alice"), StrategyId("bob"), StrategyId("carol")]
sizes = st.integers(-50_000, 50_000).filter(bool).map(lambda lots: str(Decimal(lots) / 10_000))
prices = st.integers(1, 10_000_000).map(lambda ticks: str(Decimal(ticks) / 100))
fills = st.tuples(st.sampled_from(OWNERS), sizes, prices)
payments = st.integers(-(10**9), 10**9).map(lambda units: Decimal(units) / 10**8)


@given(st.lists(fills | payments, max_size=40))
def test_sizes_money_and_volume_are_conserved(
    history: list[tuple[Owner, str, str] | Decimal],
) -> None:
    positions = Positions()
    cash_usd = paid_usd = Decimal(0)
    for entry in history:
        if isinstance(entry, Decimal):
            paid_usd += entry
            assert sum(positions.book_funding(payment(entry)).values()) == entry
        else:
            owner, size, px = entry
            booked = fill(size, px, fee="0.25")
            cash_usd -= booked.signed_size * booked.px
            positions.book_fill(booked, owner)
    account = positions.account("BTC")
    owned = [positions.of(owner, "BTC") for owner in OWNERS]
    assert sum(position.size for position in owned) == account.size
    assert sum(position.funding_usd for position in owned) == account.funding_usd == paid_usd
    assert sum(position.fees_usd for position in owned) == account.fees_usd
    assert sum(position.volume_usd for position in owned) == account.volume_usd
    # What was earned, less what the present size cost, is what was paid and received for it.
    assert account.realized_usd - account.cost_usd == cash_usd
    assert sum(p.realized_usd - p.cost_usd for p in owned) == cash_usd
    assert (account.size == 0) <= (account.cost_usd == 0)


@given(st.lists(sizes, min_size=1, max_size=15), st.data())
def test_a_chain_is_whole_in_whatever_order_it_is_told(
    bought: list[str], data: st.DataObject
) -> None:
    held = Decimal(7)
    history = []
    for number, size in enumerate(bought):
        history.append(fill(size, start=str(held), venue_ms=number))
        held += Decimal(size)
    chain = PositionChain()
    for entry in data.draw(st.permutations(history)):
        chain.add(entry)
    assert chain.is_whole
    assert chain.size == held


def payment(usd: Decimal) -> Funding:
    return Funding(
        account=ACCOUNT, coin="BTC", usd=usd, size=Decimal(1), rate=Decimal(0), venue_ms=1
    )
