"""The figures at the end, and what is told of each account and strategy."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.unit.app.snapshots import SNAPSHOT

from hive.app.complaint import uncertain_text
from hive.app.run_file import summary_text
from hive.app.summary import figures_of
from hive.app.trader_messages import Stopped

STOPPED = Stopped(
    snapshot=SNAPSHOT,
    strategies=3,
    strategies_ordering=3,
    strategies_filled=3,
    sockets=2,
    subscriptions=3,
    equity_usd=[],
    orders_uncertain=0,
)


def test_the_object_tells_each_accounts_forecast_and_each_strategys_actions_per_1000() -> None:
    told = msgspec.json.decode(msgspec.json.encode(figures_of(STOPPED)))
    (account,) = told["accounts"]
    assert account["forecast"] == "11 h at this rate"
    assert (account["held_back"], account["min_move_bps"], account["throttled"]) == (14, 2, 1)
    ratios = {row["strategy"]: row["actions_per_1000_usd"] for row in told["per_strategy"]}
    assert ratios == {"mm-btc": 12.5, "grid-eth": 0.75, "<b>odd</b>": None}


def test_people_read_the_same_without_a_line_of_json() -> None:
    text = summary_text(figures_of(STOPPED), Path("report.html"), SNAPSHOT)
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
