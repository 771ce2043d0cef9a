"""Positions, cash, fees, funding and marks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.localvenue.still_venue import START_MS, Stage, buy, sell

from hive.localvenue.market_data.funding import BASE_RATE, hourly_rate, payment_usd
from hive.localvenue.market_data.prices import PREMIUM_SCALE, DecayingMean

HOUR_MS = 3_600_000

# --- positions ---


def test_a_position_shows_entry_value_and_margin() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2, usd=100_000)
    maker.place(sell(80_000, 1), sell(80_200, 1))
    taker.place(buy(80_200, 2))
    position = taker.positions()["BTC"]
    assert position["szi"] == "2.0"
    assert position["entryPx"] == "80100.0"
    assert position["positionValue"] == "160000.0"
    assert position["unrealizedPnl"] == "-200.0"
    assert position["marginUsed"] == "8000.0"
    assert position["leverage"] == {"type": "cross", "value": 20}
    assert position["maxLeverage"] == 40
    summary = taker.state()["marginSummary"]
    fees = Decimal(160200) * Decimal("0.00045")
    assert Decimal(summary["accountValue"]) == 100_000 - 200 - fees
    assert Decimal(summary["totalRawUsd"]) == 100_000 - 160_200 - fees
    assert taker.state()["crossMaintenanceMarginUsed"] == "2000.0"


def test_closing_part_realizes_its_share_of_the_profit() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 2), buy(79_000, 2))
    taker.place(buy(80_000, 2))
    taker.place(sell(79_000, "0.5", tif="Ioc"))
    closing = taker.fills()[0]
    assert (closing["dir"], closing["closedPnl"]) == ("Close Long", "-500.0")
    assert taker.positions()["BTC"]["entryPx"] == "80000.0"
    assert maker.fills()[0]["dir"] == "Close Short"
    assert maker.fills()[0]["closedPnl"] == "500.0"


def test_every_direction_of_a_position_has_its_word() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2)
    steps = (
        (buy, 1, "Open Long"),
        (sell, 1, "Close Long"),
        (sell, 1, "Open Short"),
        (buy, 2, "Short > Long"),
        (sell, 2, "Long > Short"),
        (buy, 1, "Close Short"),
    )
    for side, size, word in steps:
        other = sell if side is buy else buy
        maker.place(other(80_000, size))
        trader.place(side(80_000, size, tif="Ioc"))
        assert trader.fills()[0]["dir"] == word


# --- prices and funding ---


def test_the_mark_is_the_middle_of_oracle_book_and_their_mean() -> None:
    stage = Stage()
    maker = stage.trader(1)
    maker.place(sell(80_120, 1), buy(80_080, 1))
    stage.markets.oracle["BTC"] = 80_050.0
    stage.pass_ms(3_000)
    context = stage.ask(type="metaAndAssetCtxs")[1][0]
    assert context["oraclePx"] == "80050.0"
    assert context["midPx"] == "80100.0"
    # The oracle plus the distance of the mid, which has stood for as long as anybody looked.
    assert float(context["markPx"]) == pytest.approx(80_090, abs=11)


def test_a_mean_forgets_with_its_time() -> None:
    mean = DecayingMean(150.0)
    assert mean.take(10.0, 3.0) == pytest.approx(10.0)
    for _ in range(400):
        mean.take(20.0, 3.0)
    assert mean.take(20.0, 3.0) == pytest.approx(20.0, abs=0.02)


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        (0, 0.0000125),
        (0.0003, 0.0000125),  # within the clamp the interest rate is what is paid
        (-0.0002, 0.0000125),
        (0.001, 0.0000625),
        (-0.001, -0.0000625),
        (1.0, 0.04),
        (-1.0, -0.04),
    ],
)
def test_the_hourly_rate_follows_the_premium(premium: float, rate: float) -> None:
    scaled = round(premium * PREMIUM_SCALE)
    assert hourly_rate(scaled) == pytest.approx(rate * PREMIUM_SCALE, abs=1)


def test_a_payment_is_position_times_oracle_times_rate() -> None:
    # 1 BTC (five size decimals) at 86,592 with the base rate: 1.0824 USD, as recorded.
    assert payment_usd(100_000, 865_920, BASE_RATE) == 1_082_400
    assert payment_usd(-100_000, 865_920, BASE_RATE) == -1_082_400


def test_funding_is_paid_on_the_hour_from_longs_to_shorts() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1))
    taker.place(buy(80_000, 1))
    stage.listen(type="userEvents", user=taker.address)
    before = Decimal(taker.state()["marginSummary"]["totalRawUsd"])
    stage.pass_ms(HOUR_MS)
    (event,) = [event for event in stage.heard("user") if "funding" in event]
    assert event["funding"]["usdc"] == "-1.0"
    assert event["funding"]["fundingRate"] == "0.0000125"
    assert event["funding"]["szi"] == "1.0"
    assert before - Decimal(taker.state()["marginSummary"]["totalRawUsd"]) == 1
    assert taker.positions()["BTC"]["cumFunding"]["sinceOpen"] == "1.0"
    assert maker.positions()["BTC"]["cumFunding"]["sinceOpen"] == "-1.0"
    rows = stage.ask(type="fundingHistory", coin="BTC", startTime=0)
    assert rows[-1]["fundingRate"] == "0.0000125"
    assert rows[-1]["time"] % HOUR_MS < 1_000


def test_funding_has_a_history_from_before_the_opening() -> None:
    stage = Stage()
    rows = stage.ask(type="fundingHistory", coin="BTC", startTime=START_MS - 500 * HOUR_MS)
    assert len(rows) == 500
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert all(15 <= ms % HOUR_MS <= 46 for ms in times)
    base = sum(row["fundingRate"] == "0.0000125" for row in rows)
    assert 400 < base < 500
    for row in rows:
        premium = round(float(row["premium"]) * PREMIUM_SCALE)
        assert float(row["fundingRate"]) == pytest.approx(hourly_rate(premium) / PREMIUM_SCALE)
    again = Stage().ask(type="fundingHistory", coin="BTC", startTime=times[0], endTime=times[9])
    assert again == rows[:10]
    since = stage.ask(type="fundingHistory", coin="BTC", startTime=START_MS)
    assert since == []
