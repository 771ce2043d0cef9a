"""How many actions one turn sends, and who has a place in them."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.desk_surroundings import UNIVERSE

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions
from hive.domain.orders import OrderIntent, TimeInForce
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife
from hive.execution.queue.lane import Waiting
from hive.execution.sending.batching import order_instruction
from hive.execution.sending.grouping import GROUPS_MAX, Group, TurnGroups
from hive.portfolio.exposure import Exposure


def unlike(number: int) -> OrderLife:
    """Of a strategy of its own, and with no other in one action."""
    intent = OrderIntent(
        strategy=StrategyId(f"strategy-{number}"),
        cloid=Cloid(f"0x{number:032x}"),
        coin="BTC",
        side=Side.BUY,
        size=Decimal(1),
        limit_px=Decimal(60_000),
        tif=TimeInForce.GTC,
        options=OrderOptions(good_for_ms=1_000 + number),
    )
    return Dispatch(Exposure(), lambda cloid: None).register(intent)


def join(life: OrderLife, group: Group | None) -> None:
    assert group is not None
    entry = Waiting(life.cloid, life.strategy, 1_000, is_urgent=False)
    instrument = UNIVERSE.of_coin(life.intent.coin)
    group.append((entry, order_instruction(life, instrument, reduce_only=False)))


def test_a_turn_sends_so_many_actions_and_no_more() -> None:
    groups = TurnGroups()
    for number in range(GROUPS_MAX):
        join(unlike(number), groups.joined_by(unlike(number)))
    assert groups.joined_by(unlike(GROUPS_MAX)) is None
    assert groups.joined_by(unlike(0)) is not None
    assert len(groups.in_order()) == GROUPS_MAX


def test_what_has_to_wait_takes_no_place_of_those_behind_it() -> None:
    groups = TurnGroups()
    held_back = [unlike(number) for number in range(GROUPS_MAX)]
    assert all(groups.joined_by(life) == [] for life in held_back)
    for number in range(GROUPS_MAX, 2 * GROUPS_MAX):
        join(unlike(number), groups.joined_by(unlike(number)))
    assert len(groups.in_order()) == GROUPS_MAX
    assert groups.joined_by(held_back[1]) is None, "no place is left in this turn"
