"""A failed history is told once, with its cause, and counted."""

from __future__ import annotations

from tests.unit.execution.venue_rig import VenueRig

from hive.app.notes.market_data import MarketNotes, data_troubles
from hive.app.notes.notices import Notices
from hive.marketdata.market_data import MarketDataSnapshot
from hive.strategy.interface import Context

MINUTE_MS = 60_000


def snapshot_of(rig: VenueRig) -> MarketDataSnapshot:
    assert rig.runtime.market_data is not None
    return rig.runtime.market_data.snapshot()


def watch_candles(ctx: Context) -> None:
    ctx.watch_candles("BTC", MINUTE_MS, warmup=50)


def test_a_history_that_is_refused_is_told_once_with_the_venues_words() -> None:
    rig = VenueRig()
    rig.go_wrong("refuseRequest", kind="candleSnapshot", path="info", status=500, count=1_000)
    rig.do(lambda: watch_candles(rig.ctx()), for_s=300)
    (history,) = rig.hands["alice"].history[:1]
    assert len(history.candles) < 50
    notices = Notices(rig.clock)
    notes = MarketNotes(notices)
    for _ in range(3):
        notes.look(snapshot_of(rig))
        rig.run_s(10)
    told = [line for line in notices.newest(10) if line.text.startswith("history of BTC 1m")]
    assert [(line.kind, line.times) for line in told] == [("data", 1)]
    assert "500" in told[0].text
    counted = data_troubles(rig.runtime.pool.snapshot(), snapshot_of(rig))
    assert counted["failed histories and handlers"] >= 1
    assert all(counted.values()), "what is zero is not told"
