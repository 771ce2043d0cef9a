"""Dispatch, case by case: the desk, its answers and its questions (DS-66 to DS-92)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from tests.unit.execution.dispatch_bench import V1, V2, DispatchBench, cloid_of, news, replacing

from hive.domain.identifiers import Oid


def test_ds_91_fills_that_came_before_the_order_was_known_are_in_it() -> None:
    bench = DispatchBench()
    early = cloid_of(50)
    for size in ("0.1", "0.2"):
        out = bench.fill(700, size, cloid=early)
        assert out.is_new_fill
        assert out.owner == bench.life.strategy
    intent = msgspec.structs.replace(bench.life.intent, cloid=early)
    life = bench.dispatch.restore(intent, [Oid(700)])
    assert life.filled == Decimal("0.3")
    bench.report(700, "open", open_size="0.7", cloid=early)
    assert life.view().open_size == Decimal("0.7")


def test_ds_75_a_replace_is_known_before_any_answer() -> None:
    assert replacing().life.view().replace_pending


def test_ds_76_the_mark_stays_until_the_new_leg_is_known() -> None:
    bench = DispatchBench()
    bench.open(V1)
    replacement = bench.replace()
    assert bench.life.replacement is replacement
    assert news(bench.replaced(replacement, V2)) == ["replaced"]
    assert bench.life.replacement is None


def test_ds_80_a_query_that_shows_the_old_leg_canceled_is_suppressed() -> None:
    bench = replacing()
    assert news(bench.report(V1, "canceled")) == []
    assert bench.life.is_live
