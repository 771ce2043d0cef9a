"""One TWAP and everything that can be told of it, piece by piece."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.execution.desk_surroundings import Journal
from tests.unit.execution.dispatch_bench import ALICE, cloid_of, fill_at

from hive.domain.errors import IllegalMove
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import Fill, Rejected, Unconfirmed
from hive.domain.twaps import (
    TwapIntent,
    TwapNews,
    TwapPhase,
    TwapReport,
    TwapStarted,
    moved,
)
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import decoded, encoded
from hive.execution.books.recovery import recover
from hive.execution.books.twap_books import TwapLife
from hive.execution.orders.unknowns import READ_LAG_MS_MAX
from hive.hyperliquid.codec_twap import decode_twap_history, to_twap_reports
from hive.storage.records import TwapSentRecord

NUMBER = 3156
EXPIRES_MS = 1_000_000
SENT_MS = EXPIRES_MS - 10_000


class TwapBench:
    """Books with one TWAP of size 1, sent and not answered."""

    def __init__(self) -> None:
        self.alarms: list[str] = []
        self.journal = Journal()
        self.books = AccountBooks(self.journal, lambda cloid: None, on_alarm=self.alarms.append)
        self.twaps = self.books.twaps
        self.intent = TwapIntent(
            strategy=ALICE, cloid=cloid_of(1), coin="BTC", side=Side.BUY, size=Decimal(1), minutes=5
        )
        self.life = self.sent(self.intent)

    def sent(self, intent: TwapIntent) -> TwapLife:
        life = self.twaps.register(intent)
        life.is_sent, life.expires_ms = True, EXPIRES_MS
        self.books.writer.write_now(TwapSentRecord(1, SENT_MS, EXPIRES_MS, intent))
        return life

    def slice(
        self, size: str = "0.1", twap_id: int = NUMBER, trade: int = 1, ms: int = SENT_MS + 200
    ) -> Fill:
        fill = fill_at(ms, size=size, twap_id=twap_id, trade=trade)
        self.books.take_fills([fill], 0)
        return fill

    def report(self, status: str = "activated", **changes: Any) -> None:
        report = TwapReport(
            twap_id=NUMBER,
            coin="BTC",
            side=Side.BUY,
            size=Decimal(1),
            filled_size=Decimal(0),
            minutes=5,
            is_randomized=False,
            reduce_only=False,
            started_ms=SENT_MS + 100,
            status=status,
        )
        self.twaps.take_reports([msgspec.structs.replace(report, **changes)], 0)

    def look(self, asked_ms: int, venue_ms: int = EXPIRES_MS + READ_LAG_MS_MAX + 1) -> None:
        self.twaps.looked(asked_ms, venue_ms, 0)

    @property
    def cloid(self) -> Cloid:
        return self.intent.cloid

    @property
    def told(self) -> list[str]:
        return [each.news.value for each in self.books.news if not isinstance(each, tuple)]

    def held(self, owner: StrategyId | None = ALICE) -> Decimal:
        return self.books.positions.size_of(owner, "BTC")


def test_its_number_comes_with_the_answer_and_its_fills_are_its_strategys() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, TwapStarted(NUMBER), 0)
    bench.slice()
    assert bench.told == ["started"]
    assert bench.held() == bench.life.filled == Decimal("0.1")


def test_its_number_comes_with_the_first_slice_and_the_answer_is_no_news() -> None:
    bench = TwapBench()
    bench.slice()
    bench.twaps.answered(bench.cloid, TwapStarted(NUMBER), 0)
    assert bench.told == ["started"]
    assert bench.held() == Decimal("0.1")


def test_its_number_comes_from_the_history() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, Unconfirmed("no answer"), 0)
    bench.report()
    assert bench.told == ["unconfirmed", "started"]


@pytest.mark.parametrize(
    "other",
    [
        {"side": Side.SELL},
        {"size": Decimal(2)},
        {"minutes": 6},
        {"is_randomized": True},
        {"started_ms": SENT_MS - 3_600_000},
        {"started_ms": EXPIRES_MS + 1},
    ],
)
def test_another_twap_in_the_history_is_not_taken_for_it(other: dict[str, Any]) -> None:
    bench = TwapBench()
    bench.report(**other)
    assert bench.told == []
    assert bench.life.twap_id is None


def test_slices_of_one_that_nobody_here_began_are_nobodys() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, TwapStarted(NUMBER), 0)
    bench.slice(twap_id=77)
    assert bench.held() == 0
    assert bench.held(None) == Decimal("0.1")
    second = msgspec.structs.replace(bench.intent, cloid=cloid_of(2))
    bench.sent(second)
    bench.slice(twap_id=77, trade=2)
    assert bench.held(None) == Decimal("0.2")


def test_one_in_the_history_that_cannot_be_ours_is_never_taken_for_it() -> None:
    bench = TwapBench()
    bench.report(twap_id=77, started_ms=SENT_MS - 3_600_000)
    bench.slice(twap_id=77)
    assert bench.life.twap_id is None
    assert bench.held(None) == Decimal("0.1")
    bench.slice(trade=2)
    assert bench.life.twap_id == NUMBER


def test_a_late_slice_of_one_that_is_over_is_not_taken_for_the_first_of_the_next() -> None:
    """The earlier one ended in another process: here only its number and owner are known."""
    bench = TwapBench()
    bench.books.dispatch.bind_twap(77, ALICE)
    bench.slice(twap_id=77)
    assert bench.life.twap_id is None
    assert bench.held() == Decimal("0.1")
    bench.slice(trade=2)
    assert bench.life.twap_id == NUMBER


def test_a_slice_that_is_older_than_the_asking_is_none_of_it() -> None:
    bench = TwapBench()
    bench.slice(twap_id=77, ms=SENT_MS - 3_600_000)
    assert bench.life.twap_id is None
    assert bench.held(None) == Decimal("0.1")


def test_a_number_that_the_answer_corrects_is_said_aloud() -> None:
    bench = TwapBench()
    bench.slice(twap_id=77)
    bench.twaps.answered(bench.cloid, TwapStarted(NUMBER), 0)
    assert "77" in bench.alarms[-1]
    bench.slice(trade=2)
    assert bench.life.twap_id == NUMBER


def test_it_is_over_when_all_of_it_was_traded_and_once() -> None:
    bench = TwapBench()
    bench.slice(size="1")
    bench.report("finished")
    assert bench.told == ["started", "finished"]
    assert not bench.twaps


@pytest.mark.parametrize(
    ("status", "news"),
    [("finished", "finished"), ("terminated", "canceled"), ("stopped", "canceled")],
)
def test_the_venues_words_for_its_end(status: str, news: str) -> None:
    bench = TwapBench()
    bench.report()
    bench.report("waitingForTrigger")
    bench.report(status)
    assert bench.told == ["started", news]


def test_an_error_of_the_venues_is_told_in_its_words() -> None:
    bench = TwapBench()
    bench.report("error", reason="no liquidity")
    event = bench.books.news[-1]
    assert not isinstance(event, tuple)
    assert (event.news, event.reason) == (TwapNews.FAILED, "no liquidity")


def test_only_two_looks_apart_past_its_expiry_prove_that_it_never_arrived() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, Unconfirmed("no answer"), 0)
    bench.look(0, venue_ms=EXPIRES_MS)
    bench.look(5_000)
    bench.look(5_500)
    assert bench.told == ["unconfirmed"]
    bench.look(6_000)
    assert bench.told == ["unconfirmed", "never arrived"]


def test_one_that_is_there_without_a_number_is_never_said_not_to_be() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, Unconfirmed("no answer"), 0)
    bench.report(twap_id=None)
    bench.look(0)
    bench.look(5_000)
    assert bench.told == ["unconfirmed"]


def test_one_that_went_wrong_before_it_had_a_number_is_over() -> None:
    bench = TwapBench()
    bench.twaps.answered(bench.cloid, Unconfirmed("no answer"), 0)
    bench.report("error", twap_id=None, reason="Insufficient margin")
    assert bench.told == ["unconfirmed", "failed"]
    assert not bench.twaps


def test_a_refusal_that_comes_late_changes_nothing_that_evidence_has_told() -> None:
    bench = TwapBench()
    bench.slice()
    bench.twaps.answered(bench.cloid, Rejected("no"), 0)
    assert bench.told == ["started"]


def test_a_fill_after_its_end_is_still_its_strategys() -> None:
    bench = TwapBench()
    bench.slice()
    bench.report("terminated")
    bench.slice(trade=2)
    assert bench.held() == Decimal("0.2")


def test_what_may_still_trade_is_exposure_until_it_is_over() -> None:
    bench = TwapBench()
    exposure = bench.books.exposure
    assert exposure.open_sizes(ALICE, "BTC").buy == 1
    bench.slice()
    assert exposure.open_sizes(ALICE, "BTC").buy == Decimal("0.9")
    bench.report("terminated")
    assert exposure.open_sizes(ALICE, "BTC").buy == 0
    assert exposure.orders_open(ALICE) == 0


@pytest.mark.parametrize("is_by_state", [False, True])
def test_the_next_process_knows_what_this_one_knew(is_by_state: bool) -> None:
    bench = TwapBench()
    bench.slice()
    books = AccountBooks(Journal(), lambda cloid: None)
    if is_by_state:
        state = decoded(encoded(bench.books.state()))
        books.restore(state)
        assert [twap.intent for twap in state.twaps] == [bench.intent]
        for twap in state.twaps:
            books.twaps.take_over(twap)
    else:
        recover(bench.journal.records, books)
    (life,) = books.twaps.lives()
    assert (life.phase, life.twap_id) == (TwapPhase.RUNNING, NUMBER)
    assert life.filled == Decimal("0.1")
    books.take_fills([fill_at(2, size="0.1", twap_id=NUMBER, trade=9)], 0)
    assert books.positions.size_of(ALICE, "BTC") == Decimal("0.2")


def test_a_move_that_its_life_does_not_allow_is_refused() -> None:
    with pytest.raises(IllegalMove):
        moved(TwapPhase.DONE, TwapNews.STARTED)


# --- the venue's rows ----------------------------------------------------------------------------

ROW: dict[str, Any] = {
    "time": 1_760_000_000,
    "state": {
        "coin": "BTC",
        "user": "0x" + "ab" * 20,
        "side": "B",
        "sz": "1.0",
        "executedSz": "0.1",
        "executedNtl": "8658.8",
        "minutes": 30,
        "reduceOnly": False,
        "randomize": False,
        "timestamp": 1_760_000_000_123,
        "stopPx": None,
        "trigger": None,
    },
    "status": {"status": "activated"},
    "twapId": NUMBER,
}


def test_a_row_is_read_and_one_that_does_not_fit_costs_no_other_its_meaning() -> None:
    rows = [{"what": "is this"}, ROW, {**ROW, "twapId": None}]
    by_question = decode_twap_history(msgspec.json.encode(rows))
    assert by_question == to_twap_reports(rows)
    assert [(row.twap_id, row.size, row.filled_size) for row in by_question] == [
        (NUMBER, Decimal(1), Decimal("0.1")),
        (None, Decimal(1), Decimal("0.1")),
    ]
    assert by_question[0].started_ms == 1_760_000_000_123


def test_what_is_no_list_of_rows_tells_nothing() -> None:
    assert to_twap_reports({"status": "activated"}) == []
