"""Perps of builder dexes at a venue that is fed by another, over real sockets."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from tests.live_sockets.paper_rig import (
    ASSET_IDS,
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
from hive.app.venue_commands.options import VenueOptions, dex_perp_of
from hive.app.venue_commands.record import RecordingFile
from hive.app.venue_commands.recording_files import open_past
from hive.app.venue_commands.serving import Fed, venue_server
from hive.hyperliquid.signing import Signer
from hive.localvenue.markets.feed_events import FeedBook, FeedEvent, FeedTrade
from hive.localvenue.markets.recordings import FORMAT_VERSION, Header
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet

COINS: Final = ("BTC", "xyz:TSLA", "test:ABC")
MADE_UP: Final = (dex_perp_of("test:ABC=3"),)
DEXES: Final = ("", "xyz", "test")


async def listed(paper: Paper) -> list[Any]:
    """What a venue says of its perp dexes."""
    metas = [await paper.info(type="meta", dex=dex) for dex in DEXES]
    return [await paper.info(type="perpDexs"), await paper.info(type="allPerpMetas"), *metas]


def test_builder_dexes_are_listed_and_filled_like_the_first_one(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with (
            other_venue(*COINS[:2], "ETH", dex_perps=MADE_UP) as url,
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
                paper = Paper(net, paper_url)
                assert await listed(paper) == await listed(Paper(net, url))
                for dex in DEXES[1:]:
                    await paper.credit(1_000_000, dex)
                await until(lambda: all(_is_quoted(observer, coin) for coin in COINS))
                await asyncio.gather(*(_shown(paper, coin) for coin in COINS))
                await trade_and_judge(paper, observer, COINS, wanted=2)
                not_chosen = await paper.info(type="l2Book", coin="ETH")
                assert not any(not_chosen["levels"])
                assert fed.markets.counts.off_tick == 0
                await _follows(paper, observer)
            finally:
                await server.aclose()

    play(scene)


def _is_quoted(observer: Observer, coin: str) -> bool:
    return any(isinstance(event, FeedBook) for event in observer.events[coin])


async def _shown(paper: Paper, coin: str) -> None:
    """Return when the fed venue shows both sides of the coin."""
    async with asyncio.timeout(WAIT_S_MAX):
        for pause_s in repeat(0.02):
            if all((await paper.info(type="l2Book", coin=coin))["levels"]):
                return
            await asyncio.sleep(pause_s)


async def _follows(paper: Paper, observer: Observer) -> None:
    """Marks are the other venue's, and so are the places in its universe, which make the ids."""
    for coin in COINS[1:]:
        meta, contexts = await paper.info(type="metaAndAssetCtxs", dex=coin.partition(":")[0])
        names = [perp["name"] for perp in meta["universe"]]
        assert names.index(coin) == ASSET_IDS[coin] % 10_000
        mark_px = Decimal(contexts[names.index(coin)]["markPx"])
        assert abs(mark_px / _mid(observer, coin) - 1) < Decimal("0.02"), coin


def _mid(observer: Observer, coin: str) -> Decimal:
    books = [event for event in observer.events[coin] if isinstance(event, FeedBook)]
    return (books[-1].bids[0][0] + books[-1].asks[0][0]) / 2


def test_the_busiest_are_those_of_all_dexes(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with other_venue(*COINS[:2], dex_perps=MADE_UP) as url, feed_of(net, url) as live:
            universe = await live.universe()
            busiest = list(coins_of_universe(universe, names=(), count=None))
            assert busiest[:2] == ["BTC", "ETH"]
            assert any(coin.startswith("xyz:") for coin in busiest[:24])
            assert len(busiest) == 96, "what can be followed, with five streams each"

    play(scene)


def test_a_recording_has_the_builder_dexes_too(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "past.hive.gz"

    async def scene(net: LiveNet) -> None:
        async with other_venue(*COINS[:2], dex_perps=MADE_UP) as url, feed_of(net, url) as live:
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
            heard: set[str] = set()
            traded: set[str] = set()

            def take(event: FeedEvent) -> None:
                heard.add(event.coin)
                if isinstance(event, FeedTrade):
                    traded.add(event.coin)
                file.add(event)

            await live.start(COINS, take)
            await until(lambda: heard == set(COINS) and "xyz:TSLA" in traded)
            file.close()
            expected = await listed(Paper(net, url))
        server = venue_server(VenueOptions(port=0, replay=path, speed=20.0, has_limits=False))
        port = await server.start()
        try:
            paper = Paper(net, f"http://127.0.0.1:{port}")
            assert await listed(paper) == expected
            assert {event.event.coin for event in open_past(path).events} == set(COINS)
            async with asyncio.timeout(WAIT_S_MAX):
                while not await paper.info(type="recentTrades", coin="xyz:TSLA"):
                    pass
        finally:
            await server.aclose()

    play(scene)
