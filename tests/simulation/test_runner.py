"""A world that goes wrong says what, shows how it came about, and how to see it again."""

from __future__ import annotations

import msgspec
import pytest
from tests.simulation.__main__ import report
from tests.simulation.draw import draw_world
from tests.simulation.trace import LINES_KEPT, Trace
from tests.simulation.world import World, WorldResult, play

from hive.simulation.virtual_time import Kernel


@pytest.fixture(scope="module")
def result() -> WorldResult:
    return msgspec.structs.replace(play(17), violations=("I1 a fill is missing",))


def test_a_report_names_the_violation_and_the_command(result: WorldResult) -> None:
    text = report(result)
    assert "I1 a fill is missing" in text
    assert text.endswith("replay: ./run test simulation --seed 17")
    assert len(text.splitlines()) >= LINES_KEPT


def test_the_trace_keeps_its_end_and_hashes_all_of_it() -> None:
    whole, shorter = Trace(Kernel()), Trace(Kernel())
    for number in range(2 * LINES_KEPT):
        whole.note(f"entry {number}")
        if number:
            shorter.note(f"entry {number}")
    assert len(whole.tail()) == LINES_KEPT
    assert whole.tail() == shorter.tail()
    assert whole.hash != shorter.hash


def test_what_a_seed_decides_is_decided_before_anything_runs() -> None:
    assert draw_world(17) == draw_world(17) == World(draw_world(17)).shape
    assert draw_world(17) != draw_world(18)


def test_every_parameter_moves() -> None:
    """One that never did would hide whole bugs."""
    shapes = [msgspec.to_builtins(draw_world(seed)) for seed in range(60)]
    flat = [_flat(shape) for shape in shapes]
    moving = {name for name in flat[0] if len({str(each.get(name)) for each in flat}) > 1}
    moved = {
        *("durability", "coins", "troubles", "block_ms", "tid_bits", "read_lag_ms"),
        *("is_open_told_first", "is_reply_first", "is_order_told_first", "lag_ms_by_channel"),
        *("pages.fills", "pages.fills_first_frame", "pages.open_orders_pushed"),
        *("limits.nonces_kept", "limits.users_max", "limits.batch_len_max"),
        *("cadence.context_ms", "cadence.account_ms", "cadence.l2_book_fast_ms"),
        *("weather.cut_chance", "weather.half_open_chance", "weather.answer_lost_chance"),
    }
    assert moved <= moving


def _flat(shape: dict[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in shape.items():
        if name in ("pages", "limits", "cadence", "weather") and isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat
