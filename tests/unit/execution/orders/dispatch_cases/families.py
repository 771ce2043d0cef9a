"""Orders that go together, for the cases that are about lists of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.unit.execution.desk_rig import ALICE, DeskRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import OrderDraft

DRAFT: Final = OrderDraft(coin="BTC", side=Side.BUY, size=Decimal("0.01"), limit_px=Decimal(60_000))


def family(rig: DeskRig) -> list[Cloid]:
    """An entry with its stop and its take-profit."""
    exits = [
        OrderDraft(
            coin="BTC",
            side=Side.SELL,
            size=DRAFT.size,
            limit_px=Decimal(px),
            reduce_only=True,
            options=OrderOptions(trigger=Trigger(kind, Decimal(px))),
        )
        for kind, px in ((TriggerKind.STOP, 58_000), (TriggerKind.TAKE_PROFIT, 62_000))
    ]
    cloids: list[Cloid] = rig.do(lambda: rig.desk.bracket(ALICE, DRAFT, exits))
    return cloids
