"""What is known of the triggers of orders."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import OrderIntent, OrderReport, ReportKind, TimeInForce
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.dispatched import Dispatched
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import take_trigger
from hive.portfolio.exposure import Exposure

OID = Oid(7)


def waiting(px: str) -> OrderLife:
    options = OrderOptions(trigger=Trigger(TriggerKind.STOP, Decimal(px)))
    intent = OrderIntent(
        strategy=StrategyId("alice"),
        cloid=Cloid("0x01"),
        coin="SUI",
        side=Side.SELL,
        size=Decimal(1),
        limit_px=Decimal("1.1"),
        tif=TimeInForce.GTC,
        reduce_only=True,
        options=options,
    )
    life = Dispatch(Exposure(), lambda cloid: None).register(intent)
    life.accepted(OID, None, Dispatched())
    return life


def listed(px: str) -> OrderReport:
    return OrderReport(
        coin="SUI",
        side=Side.SELL,
        limit_px=Decimal("1.1"),
        open_size=Decimal(1),
        original_size=Decimal(1),
        oid=OID,
        cloid=Cloid("0x01"),
        kind=ReportKind.OPEN,
        status="open",
        status_ms=0,
        reduce_only=True,
        trigger=Trigger(TriggerKind.STOP, Decimal(px)),
    )


def test_a_list_says_what_an_order_waits_for() -> None:
    life = waiting("1.2230")
    take_trigger(life, listed("1.25"))
    assert life.trigger == Trigger(TriggerKind.STOP, Decimal("1.25"))


def test_the_same_price_written_otherwise_changes_nothing() -> None:
    """What is kept is what the journal tells, digit for digit."""
    life = waiting("1.2230")
    take_trigger(life, listed("1.223"))
    assert life.trigger is not None
    assert str(life.trigger.px) == "1.2230"
