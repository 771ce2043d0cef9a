"""TWAPs: slices each half minute, caught up, ended, told of (protocol.md 2.11, venue.md 4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.localvenue.still_venue import BTC, START_MS, Stage, Trader, buy, catalog, sell

from hive.domain.identifiers import Address
from hive.localvenue.twaps import CATCH_UP, SLICE_MS, Twap, TwapOrder, TwapStatus

NO_HASH = "0x" + "0" * 64


def twap(
    size: float, minutes: int = 5, *, is_buy: bool = True, reduce_only: bool = False
) -> dict[str, Any]:
    wire = {
        "a": BTC,
        "b": is_buy,
        "s": str(size),
        "r": reduce_only,
        "m": minutes,
        "t": False,
    }
    return {"type": "twapOrder", "twap": wire}


def status_of(answer: Any) -> Any:
    assert answer["status"] == "ok", answer
    return answer["response"]["data"]["status"]


class Ring:
    """A trader, and a maker who always quotes."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.trader = self.stage.trader(1)
        self.maker = self.stage.trader(2, usd=100_000_000)
        self.maker.place(buy(79_990, 100), sell(80_010, 100))

    def start(self, size: float = 1, minutes: int = 5, **more: Any) -> int:
        answer = self.trader.act(twap(size, minutes, **more))
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
    for row in ring.maker.open_orders():
        ring.maker.cancel(BTC, row["oid"])
    ring.start(1)
    ring.stage.pass_ms(4 * SLICE_MS)
    assert ring.trader.size() == "0.0"
    ring.maker.place(buy(79_990, 100), sell(80_010, 100))
    before = len(ring.slices())
    ring.stage.pass_ms(SLICE_MS)
    assert ring.trader.size() == "0.3"
    assert len(ring.slices()) == before + 1


def test_slices_go_no_further_than_three_per_cent() -> None:
    ring = Ring()
    for row in ring.maker.open_orders():
        ring.maker.cancel(BTC, row["oid"])
    ring.maker.place(sell(83_000, 100))
    ring.start(1)
    ring.stage.pass_ms(6 * 60_000)
    assert ring.trader.size() == "0.0"
    assert ring.history() == ["finished", "activated"]


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
        (twap(1, minutes=1), "Invalid TWAP duration: 1 min(s)"),
        (
            twap(0.001, minutes=120),
            "TWAP order value too small. Min is $1200, which is $10 per minute.",
        ),
        (twap(1, reduce_only=True), "Reduce-only TWAP order would increase position."),
    ],
)
def test_what_cannot_be_is_refused_inside_an_ok(action: dict[str, Any], text: str) -> None:
    ring = Ring()
    assert status_of(ring.trader.act(action)) == {"error": text}
    assert ring.history() == []


def test_slices_may_be_worth_less_than_an_order() -> None:
    ring = Ring()
    ring.start(0.001, minutes=8)  # 80 USD in 16 slices
    ring.stage.pass_ms(9 * 60_000)
    assert ring.trader.size() == "0.001"


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
