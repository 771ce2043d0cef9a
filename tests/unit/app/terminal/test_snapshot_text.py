"""The terminal summary says how it goes, and rates are since the picture before."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.snapshot import StrategyRow
from hive.app.terminal.snapshot_text import (
    account_text,
    bar,
    clock_text,
    dearest_first,
    lines,
    ratio_text,
    signed,
)


def test_the_summary_names_profit_page_and_best_strategy() -> None:
    text = "\n".join(lines(SNAPSHOT, None, page_url="http://127.0.0.1:8420"))
    assert "100,412.55   profit of the strategies +412.55 after fees of" in text
    assert "http://127.0.0.1:8420" in text
    assert "mm-btc +61.20" in text
    assert "log        mm-btc: getting out  coin=ETH reason=trend  (3 times)" in text


def test_rates_are_counted_between_two_pictures() -> None:
    after = later(SNAPSHOT, uptime_ms=SNAPSHOT.uptime_ms + 2_000, orders=SNAPSHOT.orders + 50)
    text = "\n".join(lines(after, SNAPSHOT, page_url=""))
    assert "orders 1,250 (25/s)" in text


def test_orders_that_were_refused_here_are_told_apart() -> None:
    text = "\n".join(lines(later(SNAPSHOT, refused=10), None, page_url=""))
    assert ", 10 of them refused here" in text
    assert "refused here" not in "\n".join(lines(later(SNAPSHOT, refused=0), None, page_url=""))


def test_a_budget_is_drawn_to_scale_and_never_past_its_end() -> None:
    assert bar(5, 10) == "[##########..........] 50%"
    assert bar(20, 10).startswith("[####################]")
    assert bar(1, 0).startswith("[....")


def test_durations_read_as_clocks() -> None:
    assert clock_text(3_725_000) == "01:02:05"


def test_the_account_whose_actions_are_used_up_first_is_told_not_the_sum_of_all() -> None:
    full = msgspec.structs.replace(SNAPSHOT.accounts[0], account="0x" + "cd" * 20)
    dry = msgspec.structs.replace(
        full, account="0x" + "ef" * 20, actions_left=0, forecast="used up"
    )
    text = lines(later(SNAPSHOT, accounts=[dry, full]), None, page_url="")
    assert "address budget (0xefef…efef) [####################] 100% used, used up" in text[4]
    assert "actions left 7,700, 11 h at this rate" in "\n".join(text)


def test_an_account_tells_what_it_saves_and_where_that_was_not_enough() -> None:
    text = account_text(SNAPSHOT.accounts[0])
    assert "quotes move 2 bps or more" in text
    assert "moves held back 14" in text
    assert "throttled 1" in text


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ({"hold_reason": "reconciling", "halt_reason": "1 BTC nobody bought"}, "HALTED: 1 BTC"),
        ({"hold_reason": "agent: gone", "key_refusal": "gone"}, "KEY REFUSED: gone"),
        ({"hold_reason": "reconciling"}, "HELD: reconciling"),
        ({"lag_ms": 1_500}, "polled, up to 1.5 s late"),
    ],
)
def test_an_account_tells_why_it_does_not_trade(why: dict[str, object], text: str) -> None:
    assert text in account_text(msgspec.structs.replace(SNAPSHOT.accounts[0], **why))


def test_who_trades_nothing_for_its_actions_is_dearer_than_who_trades() -> None:
    names = [row.strategy for row in dearest_first(SNAPSHOT.strategies)]
    assert names == ["<b>odd</b>", "mm-btc", "grid-eth"]
    text = "\n".join(lines(SNAPSHOT, None, page_url=""))
    assert "traded: <b>odd</b> 45 for none | mm-btc 12.50 | grid-eth 0.75" in text


def test_next_to_nothing_is_neither_gain_nor_loss() -> None:
    assert [signed(usd) for usd in (-0.004, 0.004, -0.006)] == ["+0.00", "+0.00", "-0.01"]


def test_who_has_sent_nothing_has_no_ratio() -> None:
    row = msgspec.structs.replace(
        SNAPSHOT.strategies[0], actions=0, traded_usd=0.0, actions_per_1000_usd=None
    )
    assert ratio_text(row) == "–"
    assert ratio_text(msgspec.structs.replace(row, actions=7)) == "7 for none"


def rows_with(*pnl_usd: float) -> list[StrategyRow]:
    row = SNAPSHOT.strategies[0]
    return [
        msgspec.structs.replace(row, strategy=f"s{number}", pnl_usd=usd)
        for number, usd in enumerate(pnl_usd)
    ]


def picture(rows: list[StrategyRow]) -> str:
    return "\n".join(lines(later(SNAPSHOT, strategies=rows), None, page_url=""))


def test_nobody_is_among_the_best_and_the_worst() -> None:
    text = picture(rows_with(5, 4, 3, 2, 1))
    assert "best  s0 +5.00 | s1 +4.00 | s2 +3.00\nworst s3 +2.00 | s4 +1.00\n" in text
    assert "worst" not in picture(rows_with(5, 4, 3))


def test_nobody_is_best_while_nobody_has_earned_a_cent() -> None:
    assert "best" not in picture(rows_with(0.001, -0.001, 0.0))


def test_the_paused_ones_stay_on_the_screen_with_their_reasons() -> None:
    rows = [
        msgspec.structs.replace(row, state="paused", reason="could not start: no such coin")
        for row in rows_with(*range(8))
    ]
    text = picture(rows)
    assert "paused s0: could not start: no such coin\n" in text
    assert text.count("paused s") == 5
    assert "and 3 more are paused" in text


def test_addresses_are_short_in_the_log_and_what_went_wrong_with_data_is_counted() -> None:
    line = msgspec.structs.replace(SNAPSHOT.log[0], text=f"0x{'ab' * 20}: halted")
    text = "\n".join(lines(later(SNAPSHOT, log=[line]), None, page_url=""))
    assert "0xabab…abab: halted" in text
    assert "lost answers 1   gaps 1\n" in text


def test_a_remark_on_the_run_stays_on_the_screen() -> None:
    text = lines(later(SNAPSHOT, remark="cut on purpose"), None, page_url="http://page")
    assert text[1] == "page  http://page   cut on purpose"
