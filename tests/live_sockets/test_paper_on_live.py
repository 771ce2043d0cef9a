"""A venue fed by another over real sockets: paper fills are what the other's tape allows.

Beside the feed an observer hears the same streams; every paper fill is held against what it heard
up to then.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Final

from tests.live_sockets.paper_rig import (
    WAIT_S_MAX,
    Observer,
    Paper,
    feed_of,
    other_venue,
    served,
    trade_and_judge,
    until,
)
from tests.live_sockets.peer import Play

from hive.app.venue_commands.feed import coins_of_universe
from hive.app.venue_commands.options import VenueOptions
from hive.app.venue_commands.record import RecordingFile
from hive.app.venue_commands.recording_files import open_past
from hive.app.venue_commands.serving import Fed, venue_server
from hive.hyperliquid.signing import Signer
from hive.localvenue.markets.feed_events import FeedBook, FeedContext, FeedEvent, FeedTop, FeedTrade
from hive.localvenue.markets.recordings import FORMAT_VERSION, Header
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet

COINS: Final = ("BTC", "SOL")


def test_every_paper_fill_is_justified_by_the_tape_and_none_is_better(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with (
            other_venue(*COINS) as url,
            feed_of(net, url) as live,
            feed_of(net, url) as second,
        ):
            universe = await live.universe()
            coins = coins_of_universe(universe, names=COINS, count=None)
            observer = Observer()
            await second.start(COINS, observer.take)
            fed = Fed(live, universe, coins, SystemClock())
            funded = {Signer("11" * 32).address: Decimal(1_000_000)}
            options = VenueOptions(port=0, funded=funded, has_limits=False)
            server, paper_url = await served(options, fed)
            try:
                await until(lambda: fed.markets.counts.events > 30)
                await trade_and_judge(Paper(net, paper_url), observer, COINS)
                assert fed.markets.counts.gaps == 0
                assert fed.markets.counts.off_tick == 0
            finally:
                await server.aclose()

    play(scene)


def test_what_is_recorded_is_played_again(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "past.hive.gz"

    async def scene(net: LiveNet) -> None:
        async with other_venue(*COINS) as url, feed_of(net, url) as live:
            clock = SystemClock()
            universe = await live.universe()
            header = Header(
                version=FORMAT_VERSION,
                url=url,
                started_ms=clock.now_ms(),
                coins=COINS,
                universe=universe,
            )
            file = RecordingFile(path, header, clock)
            observer = Observer()

            def take(event: FeedEvent) -> None:
                observer.take(event)
                file.add(event)

            await live.start(COINS, take)
            await until(lambda: file.events > 60)
            file.close()
            played = [recorded.event for recorded in open_past(path).events]
            for coin in COINS:
                heard = observer.events[coin][: sum(event.coin == coin for event in played)]
                assert [event for event in played if event.coin == coin] == heard
            kinds = {type(event) for event in played}
            assert kinds == {FeedBook, FeedTop, FeedTrade, FeedContext}
            await play_again(net, played)

    async def play_again(net: LiveNet, played: list[FeedEvent]) -> None:
        server = venue_server(VenueOptions(port=0, replay=path, speed=20.0))
        port = await server.start()
        try:
            paper = Paper(net, f"http://127.0.0.1:{port}")
            first = next(event for event in played if isinstance(event, FeedBook))
            async with asyncio.timeout(WAIT_S_MAX):
                trades = await paper.info(type="recentTrades", coin=first.coin)
                while not trades:
                    trades = await paper.info(type="recentTrades", coin=first.coin)
            heard = {str(event.px) for event in played if isinstance(event, FeedTrade)}
            assert {trade["px"] for trade in trades} <= heard
            mids = await paper.info(type="allMids")
            assert abs(Decimal(mids[first.coin]) / first.bids[0][0] - 1) < Decimal("0.01")
        finally:
            await server.aclose()

    play(scene)
