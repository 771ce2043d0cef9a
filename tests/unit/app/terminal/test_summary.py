"""The figures at the end, and what is told of each account and strategy."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.unit.app.snapshots import HELD, SNAPSHOT, STOPPED, later

from hive.app.complaint import uncertain_text
from hive.app.snapshot import HeldPosition, RuntimeSnapshot
from hive.app.terminal.run_file import summary_text
from hive.app.terminal.summary import figures_of


def test_the_object_tells_each_accounts_forecast_and_each_strategys_actions_per_1000() -> None:
    told = msgspec.json.decode(msgspec.json.encode(figures_of(STOPPED)))
    (account,) = told["accounts"]
    assert account["forecast"] == "11 h at this rate"
    assert (account["held_back"], account["min_move_bps"], account["throttled"]) == (14, 2, 1)
    ratios = {row["strategy"]: row["actions_per_1000_usd"] for row in told["per_strategy"]}
    assert ratios == {"mm-btc": 12.5, "grid-eth": 0.75, "<b>odd</b>": None}


def test_people_read_the_same_without_a_line_of_json() -> None:
    text = summary_text(figures_of(STOPPED), Path("report.html"), STOPPED, state=Path("var"))
    assert "11 h at this rate" in text
    assert "mm-btc      12.50" in text
    assert "{" not in text


def test_orders_whose_end_is_not_known_are_a_figure_and_a_sentence() -> None:
    uncertain = msgspec.structs.replace(STOPPED, orders_uncertain=4)
    assert figures_of(uncertain)["orders_uncertain"] == 4
    assert uncertain_text(4, "var").splitlines() == [
        "hive: the ends of 4 orders are not known: the venue did not answer in time",
        "      they may still be open there; start the run again, var remembers them",
    ]
    assert "it may still be open there" in uncertain_text(1, "var")
    assert uncertain_text(0, "var") == ""


def with_paused(count: int) -> RuntimeSnapshot:
    row = msgspec.structs.replace(SNAPSHOT.strategies[0], state="paused", reason="raised 5 times")
    rows = [msgspec.structs.replace(row, strategy=f"s{number}") for number in range(count)]
    return later(SNAPSHOT, strategies=rows)


def stopped_with(**changed: object) -> str:
    stopped = msgspec.structs.replace(STOPPED, **changed)
    return summary_text(figures_of(stopped), Path("report.html"), stopped, state=Path("var"))


def test_what_the_stop_left_open_is_told_with_its_value_and_owners() -> None:
    text = stopped_with(held=[HELD])
    assert "still held: BTC 2.0 ($173,079) on 0xabab…abab: <b>odd</b> 1.5, nobody 0.5" in text
    assert "held" not in stopped_with(held=[]).replace("moves held back", "")


def test_what_has_no_price_is_told_to_have_none() -> None:
    text = stopped_with(held=[msgspec.structs.replace(HELD, value_usd=None)])
    assert "BTC 2.0 (no price)" in text


def test_the_object_lists_what_is_held_who_is_paused_and_where_the_report_lies() -> None:
    stopped = msgspec.structs.replace(STOPPED, snapshot=with_paused(1), held=[HELD])
    told = msgspec.json.decode(
        msgspec.json.encode(figures_of(stopped, report="runs/1/report.html"))
    )
    assert [msgspec.convert(row, HeldPosition) for row in told["positions_held"]] == [HELD]
    assert told["paused"] == [{"strategy": "s0", "reason": "raised 5 times"}]
    assert told["report"] == "runs/1/report.html"


def test_the_paused_ones_are_told_with_their_reasons_as_far_as_there_is_room() -> None:
    text = stopped_with(snapshot=with_paused(25))
    assert "paused s19: raised 5 times\n  and 5 more are paused" in text
    assert "s20" not in text.split("and 5 more")[1]


def test_people_read_words_where_the_object_has_names() -> None:
    text = stopped_with()
    assert "strategies that ordered" in text
    assert "_" not in text


def test_people_are_told_where_the_log_lies_and_what_was_staged() -> None:
    text = stopped_with(snapshot=later(SNAPSHOT, remark="cut on purpose"))
    assert "  cut on purpose\n" in text
    assert "var/hive.jsonl" in text
    assert "var/printed.txt" in text
