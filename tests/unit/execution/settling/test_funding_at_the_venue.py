"""Funding against the venue's own books, over cuts and through deaths."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import StrategyId
from hive.domain.orders import TimeInForce
from hive.serving.port import Reply

BEFORE_DUE_S = 2_780
"""The venue starts at 800 s past the hour; holding takes some seconds."""


def holding(size: str = "0.5") -> VenueRig:
    """A rig whose only strategy is long."""
    rig = VenueRig()
    ctx = rig.ctx()
    rig.do(lambda: ctx.buy("BTC", Decimal(size), Decimal(82_000), tif=TimeInForce.IOC))
    assert rig.size() == Decimal(size)
    return rig


def paid_usd(rig: VenueRig) -> Decimal:
    """What the venue took and gave for holding, by its own books."""
    told: list[Reply] = []
    question = {"type": "clearinghouseState", "user": rig.signer.address}
    rig.venue.info(question, ip=None, now_ms=rig.served.now_ms, answer=told.append)
    [row] = msgspec.json.decode(told[0].body)["assetPositions"]
    return -Decimal(row["position"]["cumFunding"]["sinceOpen"])


def booked_usd(rig: VenueRig) -> tuple[Decimal, Decimal]:
    """What the strategy and the account were charged, by ours."""
    desk = rig.runtime.desks[rig.signer.address]
    return (
        desk.position(StrategyId("alice"), "BTC").funding_usd,
        desk.account_position("BTC").funding_usd,
    )


def test_a_payment_made_while_the_link_is_down_is_booked_after_it() -> None:
    rig = holding()
    rig.run_s(BEFORE_DUE_S)
    rig.go_wrong("outage", forMs=60_000)
    while rig.network.cut_one():
        pass
    rig.run_s(240)
    assert paid_usd(rig) != 0
    assert booked_usd(rig) == (paid_usd(rig), paid_usd(rig))


def test_payments_made_while_no_process_ran_are_booked_by_the_next() -> None:
    rig = holding()
    rig.die()
    rig.run_s(BEFORE_DUE_S + 60)
    rig.boot()
    rig.run_s(10)
    assert paid_usd(rig) != 0
    assert booked_usd(rig) == (paid_usd(rig), paid_usd(rig))
