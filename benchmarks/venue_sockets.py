"""The local venue over real sockets: signed actions in, books out. It is a process of its own.

Processor time is the venue process's own. The clients live in this process and send what was signed
beforehand, so that signing costs nothing while it is measured.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from benchmarks.contenders import Process
from benchmarks.measure import Figures, processor_ns
from benchmarks.venue_lanes import BookReader, HttpLane, PostLane, presigned
from hive.hyperliquid.signing import Signer

ROUNDS: Final = 5
LANES: Final = 400
"""Accounts, each with a connection of its own."""
POSTS_IN_FLIGHT: Final = 4
ACTIONS: Final = 20
"""Of each lane in a round."""
BATCH: Final = 10
FUNDS_USD: Final = 10_000_000
READERS: Final = 500
BOOKS: Final = 20
WATCH_S: Final = 6.0
SETTLE_S: Final = 1.0
S_BY_NS: Final = 1e-9


class Rate(NamedTuple):
    """How fast actions went through, and how fast they would if the venue had a core to itself."""

    per_s: float
    per_core_s: float


def signed_figures() -> Figures:
    """Signed actions a second: posts over sockets, batches of ten, and HTTP."""
    signers = [Signer(f"{number + 1:064x}") for number in range(LANES)]
    funds = [word for each in signers for word in ("--fund", f"{each.address}={FUNDS_USD}")]
    venue, url = _served("--coins", "1", *funds)
    try:
        posts = asyncio.run(_rates(venue.pid, url, signers, PostLane, batch=1))
        batches = asyncio.run(_rates(venue.pid, url, signers, PostLane, batch=BATCH))
        requests = asyncio.run(_rates(venue.pid, url, signers, HttpLane, batch=1))
    finally:
        venue.stop()
    return {
        "signed_per_core_s": posts.per_core_s,
        "signed_per_s": posts.per_s,
        "signed_http_per_core_s": requests.per_core_s,
        f"signed_batches_of_{BATCH}_per_core_s": batches.per_core_s,
        f"signed_orders_in_batches_of_{BATCH}_per_core_s": batches.per_core_s * BATCH,
    }


def book_figures() -> Figures:
    """What it costs to tell five hundred subscribers twenty books each at the fast cadence."""
    venue, url = _served("--coins", str(BOOKS))
    try:
        return asyncio.run(_watched(venue.pid, url))
    finally:
        venue.stop()


def _served(*options: str) -> tuple[Process, str]:
    arguments = ("-m", "hive", "venue", "serve", "--seed", "7", "--json", "--no-limits")
    venue = Process("venue", *arguments, *options)
    return venue, msgspec.json.decode(venue.line())["venue"]


def _ask(url: str, kind: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 (an address of our own)
        f"{url}/info", msgspec.json.encode({"type": kind}), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 (an address of our own)
        return msgspec.json.decode(reply.read())


async def _rates(
    pid: int, url: str, signers: list[Signer], lane_of: type[PostLane | HttpLane], *, batch: int
) -> Rate:
    """The median of several rounds; the first one only warms up."""
    lanes = [await lane_of.opened(url, POSTS_IN_FLIGHT) for _ in signers]
    rounds: list[Rate] = []
    for number in range(ROUNDS + 1):
        mid_px = float(_ask(url, "allMids")["BTC"])
        nonce = time.time_ns() // 1_000_000
        bodies = [presigned(each, ACTIONS, batch, nonce, mid_px) for each in signers]
        rate = await _rate(
            pid, [_sending(lane, own) for lane, own in zip(lanes, bodies, strict=True)]
        )
        if number:
            rounds.append(rate)
    for lane in lanes:
        assert lane.failures * 20 < lane.answers, lane.last_failure
        lane.close()
    return Rate(
        statistics.median(each.per_s for each in rounds),
        statistics.median(each.per_core_s for each in rounds),
    )


def _sending(lane: PostLane | HttpLane, bodies: list[bytes]) -> Callable[[], Awaitable[None]]:
    return lambda: lane.send(bodies)


async def _rate(pid: int, sendings: list[Callable[[], Awaitable[None]]]) -> Rate:
    before_ns, started_ns = processor_ns(pid), time.perf_counter_ns()
    await asyncio.gather(*(sending() for sending in sendings))
    took_s = (time.perf_counter_ns() - started_ns) * S_BY_NS
    spent_s = (processor_ns(pid) - before_ns) * S_BY_NS
    actions = len(sendings) * ACTIONS
    return Rate(actions / took_s, actions / spent_s)


async def _watched(pid: int, url: str) -> Figures:
    coins = [entry["name"] for entry in _busiest(url)]
    idle = await _core_share(pid)
    readers = [await BookReader.opened(url, coins) for _ in range(READERS)]
    await asyncio.sleep(SETTLE_S)
    shares: list[float] = []
    frames: list[float] = []
    for _ in range(ROUNDS):
        before, started = sum(each.frames for each in readers), time.perf_counter()
        shares.append(await _core_share(pid))
        heard = sum(each.frames for each in readers) - before
        frames.append(heard / (time.perf_counter() - started))
    for reader in readers:
        reader.close()
    return {
        "books_core_pct": statistics.median(shares),
        "books_core_pct_max": max(shares),
        "books_frames_per_s": statistics.median(frames),
        "books_unheard_core_pct": idle,
    }


def _busiest(url: str) -> list[Any]:
    """The coins that have a market: the first twenty by their recorded volume."""
    meta, contexts = _ask(url, "metaAndAssetCtxs")
    rows = sorted(
        zip(meta["universe"], contexts, strict=True), key=lambda row: -float(row[1]["dayNtlVlm"])
    )
    return [entry for entry, context in rows if context["midPx"] is not None][:BOOKS]


async def _core_share(pid: int) -> float:
    """How much of a core the process takes, in per cent, over some seconds."""
    before_ns, started_ns = processor_ns(pid), time.perf_counter_ns()
    await asyncio.sleep(WATCH_S)
    return 100.0 * (processor_ns(pid) - before_ns) / (time.perf_counter_ns() - started_ns)
