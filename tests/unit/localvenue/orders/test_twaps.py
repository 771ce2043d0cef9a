"""TWAPs: slices each half minute, caught up, ended, told of (protocol.md 2.11, venue.md 4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.localvenue.error_texts_twaps import twap_action
from tests.unit.localvenue.still_venue import BTC, START_MS, Stage, Trader, buy, catalog, sell

from hive.domain.identifiers import Address
from hive.localvenue.orders.twaps import CATCH_UP, SLICE_MS, Twap, TwapOrder, TwapStatus

NO_HASH = "0x" + "0" * 64
PURR = 10_000


def status_of(answer: Any) -> Any:
    assert answer["status"] == "ok", answer
    return answer["response"]["data"]["status"]


class Ring:
    """A trader, and a maker who always quotes."""

    def __init__(self, **config: Any) -> None:
        self.stage = Stage(**config)
        self.trader = self.stage.trader(1)
        self.maker = self.stage.trader(2, usd=100_000_000)
        self.maker.place(buy(79_990, 100), sell(80_010, 100))

    def leave_book(self) -> None:
        """Quote no more."""
        for row in self.maker.open_orders():
            self.maker.cancel(BTC, row["oid"])

    def start(self, size: float = 1, minutes: int = 5, **more: Any) -> int:
        answer = self.trader.act(twap_action(size, minutes=minutes, **more))
        assert answer["response"]["type"] == "twapOrder"
        found: int = status_of(answer)["running"]["twapId"]
        return found

    def history(self) -> list[str]:
        """Its statuses, the newest first."""
        rows = self.stage.ask(type="twapHistory", user=self.trader.address)
        return [row["status"]["status"] for row in rows]

    def slices(self) -> list[Any]:
        rows: list[Any] = self.stage.ask(type="userTwapSliceFills", user=self.trader.address)
        return rows

    def cancel(self, twap_id: int, who: Trader | None = None) -> Any:
        action = {"type": "twapCancel", "a": BTC, "t": twap_id}
        return status_of((who or self.trader).act(action))


def test_equal_slices_each_half_minute_come_to_the_whole() -> None:
    ring = Ring()
    twap_id = ring.start(1, minutes=5)
    ring.stage.pass_ms(SLICE_MS + 200)
    assert ring.trader.size() == "0.2"
    ring.stage.pass_ms(5 * 60_000)
    assert ring.trader.size() == "1.0"
    slices = ring.slices()
    assert len(slices) == 10
    assert {row["twapId"] for row in slices} == {twap_id}
    assert {row["fill"]["hash"] for row in slices} == {NO_HASH}
    assert {row["fill"]["twapId"] for row in slices} == {twap_id}
    assert ring.history() == ["finished", "activated"]


def test_histories_are_in_seconds_and_tell_what_was_executed() -> None:
    ring = Ring()
    ring.start(1)
    ring.stage.pass_ms(6 * 60_000)
    finished, activated = ring.stage.ask(type="twapHistory", user=ring.trader.address)
    assert START_MS // 1_000 <= activated["time"] < finished["time"] < START_MS // 1_000 + 400
    assert (activated["state"]["executedSz"], finished["state"]["executedSz"]) == ("0.0", "1.0")
    assert finished["state"]["executedNtl"] == "80010.0"
    assert activated["state"]["sz"] == finished["state"]["sz"] == "1.0"


def test_what_could_not_trade_is_caught_up_by_three_slices_at_most() -> None:
    ring = Ring()
    ring.leave_book()
    ring.start(1)
    ring.stage.pass_ms(4 * SLICE_MS)
    assert ring.trader.size() == "0.0"
    ring.maker.place(buy(79_990, 100), sell(80_010, 100))
    before = len(ring.slices())
    ring.stage.pass_ms(SLICE_MS)
    assert ring.trader.size() == "0.3"
    assert len(ring.slices()) == before + 1


@pytest.mark.parametrize(
    ("is_buy", "px", "is_reached"),
    [(True, 82_400, True), (True, 82_401, False), (False, 77_600, True), (False, 77_599, False)],
)
def test_slices_go_three_per_cent_from_the_mark_and_no_further(
    is_buy: bool, px: int, is_reached: bool
) -> None:
    ring = Ring()
    ring.leave_book()
    ring.maker.place(sell(px, 5) if is_buy else buy(px, 5))
    ring.start(1, is_buy=is_buy)
    assert bool(ring.slices()) is is_reached


def test_too_late_to_catch_up_it_finishes_with_less() -> None:
    ring = Ring()
    ring.leave_book()
    ring.start(1)
    ring.stage.pass_ms(8 * SLICE_MS)
    ring.maker.place(sell(80_010, 100))
    ring.stage.pass_ms(3 * SLICE_MS)
    assert ring.trader.size() == "0.3"
    assert ring.history() == ["finished", "activated"]


def test_after_a_pause_one_slice_catches_up_for_all() -> None:
    ring = Ring()
    ring.start(1)
    ring.stage.skip_ms(4 * SLICE_MS)
    ring.stage.pass_ms(1_000)
    assert [row["fill"]["sz"] for row in ring.slices()] == ["0.3", "0.1"]


def test_a_pause_beyond_its_end_finishes_it() -> None:
    ring = Ring()
    ring.start(1)
    ring.stage.skip_ms(3_600_000)
    ring.stage.pass_ms(1_000)
    assert ring.trader.size() == "0.1"
    assert ring.history() == ["finished", "activated"]


def test_randomised_slices_differ_by_a_fifth_and_follow_the_seed() -> None:
    rings = [Ring(seed=seed) for seed in (1, 1, 2)]
    for ring in rings:
        ring.start(10, is_randomized=True)
        ring.stage.pass_ms(6 * 60_000)
        assert ring.trader.size() == "10.0"
        first = float(ring.slices()[-1]["fill"]["sz"])
        assert 0.8 <= first <= 1.2
    sizes = [[row["fill"]["sz"] for row in ring.slices()] for ring in rings]
    assert sizes[0] == sizes[1] != sizes[2]
    assert len(set(sizes[0])) > 3


def test_a_slices_fill_and_trade_have_the_zero_hash_everywhere() -> None:
    ring = Ring()
    ring.stage.listen(type="trades", coin="BTC")
    twap_id = ring.start(1)
    (row,) = ring.slices()
    (fill,) = ring.trader.fills()
    assert row == {"fill": fill, "twapId": twap_id}
    (fill_of_maker,) = ring.maker.fills()
    assert (fill_of_maker["twapId"], fill_of_maker["hash"]) == (None, NO_HASH)
    ((trade,),) = ring.stage.heard("trades")
    assert (trade["hash"], trade["tid"]) == (NO_HASH, fill["tid"])
    shown = ring.stage.ask(type="orderStatus", user=ring.trader.address, oid=fill["oid"])
    assert shown["order"]["order"]["orderType"] == "Twap Slice"
    ring.trader.place(buy(80_010, 1, tif="Ioc"))
    assert ring.trader.fills()[0]["hash"] != NO_HASH


def test_what_runs_is_shown_as_it_stands() -> None:
    ring = Ring()
    twap_id = ring.start(1, minutes=30)
    (first,) = ring.stage.listen(type="twapStates", user=ring.trader.address)
    ((shown, state),) = first["states"]
    assert shown == twap_id
    assert state == {
        "coin": "BTC",
        "user": ring.trader.address,
        "side": "B",
        "sz": "1.0",
        "executedSz": "0.01666",
        "executedNtl": "1332.9666",
        "minutes": 30,
        "reduceOnly": False,
        "randomize": False,
        "timestamp": ring.slices()[0]["fill"]["time"],
        "stopPx": None,
        "trigger": None,
    }
    web = ring.stage.ask(type="webData2", user=ring.trader.address)
    assert web["twapStates"] == [[twap_id, state]]


def test_slice_fills_are_found_by_time() -> None:
    ring = Ring()
    ring.start(1)
    ring.stage.pass_ms(3 * SLICE_MS)
    rows = ring.slices()[::-1]
    found = ring.stage.ask(
        type="userTwapSliceFillsByTime",
        user=ring.trader.address,
        startTime=rows[1]["fill"]["time"],
        endTime=rows[2]["fill"]["time"],
    )
    assert found == rows[1:3]


def test_spot_is_bought_in_slices_too() -> None:
    ring = Ring()
    for trader in (ring.maker, ring.trader):
        ring.stage.venue.credit_token(trader.address, "USDC", Decimal(10_000))
    ring.stage.venue.credit_token(ring.maker.address, "PURR", Decimal(100_000))
    listing = catalog().of_asset_id(PURR)
    assert listing is not None
    ring.maker.place(sell(listing.recorded["markPx"][:6], 50_000, asset=PURR))
    ring.start(1_000, asset=PURR)
    ring.stage.pass_ms(6 * 60_000)
    rows = ring.slices()
    finished, _ = ring.stage.ask(type="twapHistory", user=ring.trader.address)
    spent = sum(Decimal(row["fill"]["sz"]) * Decimal(row["fill"]["px"]) for row in rows)
    assert finished["state"]["executedSz"] == "1000.0"
    assert Decimal(finished["state"]["executedNtl"]) == spent


def test_liquidation_ends_those_that_it_covers_and_no_others() -> None:
    ring = Ring()
    trader = ring.stage.trader(9, usd=5_000)
    ring.stage.venue.credit_token(trader.address, "USDC", Decimal(10_000))
    trader.place(buy(80_010, 1))
    trader.act(twap_action("0.01", minutes=60, is_buy=False))
    trader.act(twap_action(1_000, minutes=60, asset=PURR))
    ring.leave_book()
    ring.maker.place(buy(69_990, 50), sell(70_010, 50))
    ring.stage.markets.oracle["BTC"] = 70_000
    ring.stage.pass_ms(20_000)
    assert ring.stage.engine.liquidator.liquidations > 0
    newest, *_ = ring.stage.ask(type="twapHistory", user=trader.address)
    assert (newest["state"]["coin"], newest["status"]["status"]) == ("BTC", "terminated")
    (first,) = ring.stage.listen(type="twapStates", user=trader.address)
    assert [state["coin"] for _, state in first["states"]] == ["PURR/USDC"]


def test_a_cancel_ends_it_and_only_its_owner_can() -> None:
    ring = Ring()
    twap_id = ring.start()
    missing = {"error": "TWAP was never placed, already canceled, or filled."}
    assert ring.cancel(twap_id, ring.maker) == missing
    assert ring.cancel(twap_id) == "success"
    assert ring.history() == ["terminated", "activated"]
    assert ring.cancel(twap_id) == missing
    size = ring.trader.size()
    ring.stage.pass_ms(5 * 60_000)
    assert ring.trader.size() == size


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (twap_action(1, minutes=1), "Invalid TWAP duration: 1 min(s)"),
        (twap_action(0.001, minutes=120), "TWAP order value too small. Min is $100."),
        (twap_action(1, reduce_only=True), "Reduce-only TWAP order would increase position."),
    ],
)
def test_what_cannot_be_is_refused_inside_an_ok(action: dict[str, Any], text: str) -> None:
    ring = Ring()
    assert status_of(ring.trader.act(action)) == {"error": text}
    assert ring.history() == []


def test_slices_may_be_worth_less_than_an_order() -> None:
    ring = Ring()
    ring.start(0.002, minutes=10)  # 160 USD in 20 slices
    ring.stage.pass_ms(11 * 60_000)
    assert ring.trader.size() == "0.002"


def test_a_reducing_one_ends_in_error_when_nothing_is_left_to_reduce() -> None:
    ring = Ring()
    ring.trader.place(buy(80_010, 1))
    ring.start(1, is_buy=False, reduce_only=True)
    ring.stage.pass_ms(2 * SLICE_MS)
    ring.trader.place(sell(79_990, 1, tif="Ioc", reduce_only=True))
    ring.stage.pass_ms(SLICE_MS)
    assert ring.history()[0] == "error"


def test_streams_tell_what_runs_what_became_and_what_traded() -> None:
    ring = Ring()
    user = ring.trader.address
    assert ring.stage.listen(type="userTwapHistory", user=user)[0]["history"] == []
    assert ring.stage.listen(type="userTwapSliceFills", user=user)[0]["isSnapshot"] is True
    assert ring.stage.listen(type="twapStates", user=user)[0]["states"] == []
    ring.stage.listen(type="userEvents", user=user)
    twap_id = ring.start()
    ring.stage.pass_ms(2_000)
    (history,) = ring.stage.heard("userTwapHistory")
    assert history["history"][0]["status"] == {"status": "activated"}
    (slices,) = ring.stage.heard("userTwapSliceFills")
    assert slices["twapSliceFills"][0]["twapId"] == twap_id
    assert ring.stage.heard("twapStates")[-1]["states"][0][0] == twap_id
    kinds = [next(iter(event)) for event in ring.stage.heard("user")]
    assert {"twapHistory", "twapSliceFills"} <= set(kinds)


def test_a_delisting_ends_it() -> None:
    ring = Ring()
    ring.start()
    ring.stage.oracle(type="delist", coin="BTC")
    ring.stage.pass_ms(1_000)
    assert ring.history()[0] == "terminated"


@given(
    size=st.integers(1, 10_000),
    minutes=st.integers(5, 60),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=200),
    is_randomized=st.booleans(),
)
def test_slices_never_come_to_more_than_the_whole(
    size: int, minutes: int, shares: list[float], is_randomized: bool
) -> None:
    """Whatever part of each slice finds somebody; and no slice is more than three usual ones."""
    listing = catalog().of_coin("BTC")
    assert listing is not None
    order = TwapOrder(
        listing=listing,
        is_buy=True,
        size=size,
        reduce_only=False,
        minutes=minutes,
        is_randomized=is_randomized,
    )
    running = Twap(1, Address("0x" + "1" * 40), order, 0)
    usual = -(-size // running.slices)
    for share in shares:
        if running.status is not TwapStatus.ACTIVATED:
            break
        wanted = running.next_size(share)
        assert 0 <= wanted <= min(size - running.executed_size, CATCH_UP * usual)
        running.sliced(int(wanted * share), 0)
    assert running.executed_size <= size
