"""Whatever is signed and sent to the local venue, it answers and never raises.

The mutants of `serving`'s own fuzzing stop at the envelope; these are signed, so that senseless
actions reach the matching engine, and the books still make sense afterwards.
"""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

from tests.unit.serving.scripted_venue import IP, Peer

from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import LIGHT, SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.serving.core import ServerCore
from hive.serving.port import Reply

ACTIONS_BY_TIER = {"default": 2_500, "full": 25_000, "soak": 250_000}
SIGNER = Signer("11" * 32)
START_MS = 1_790_000_000_000
PLENTY = 10**9
NO_LIMITS = VenueLimits(
    weight_per_min=PLENTY,
    messages_per_min=PLENTY,
    new_connections_per_min=PLENTY,
    requests_initial=PLENTY,
)
CLOID = "0x" + "12" * 16
ORDER = {
    "a": 0,
    "b": True,
    "p": "80000",
    "s": "0.01",
    "r": False,
    "t": {"limit": {"tif": "Gtc"}},
    "c": CLOID,
}
ACTIONS: tuple[dict[str, Any], ...] = (
    {"type": "order", "orders": [ORDER, {**ORDER, "p": "90000", "b": False}], "grouping": "na"},
    {"type": "order", "orders": [{**ORDER, "p": "87000"}], "grouping": "na"},
    {"type": "cancel", "cancels": [{"a": 0, "o": 5}]},
    {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": CLOID}]},
    {"type": "modify", "oid": CLOID, "order": ORDER},
    {"type": "batchModify", "modifies": [{"oid": CLOID, "order": {**ORDER, "p": "81000"}}]},
    {"type": "updateLeverage", "asset": 0, "isCross": True, "leverage": 5},
    {"type": "noop"},
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 3, 233, -1, 1.5, 10**6, 2**63, "", "0", "0.001", "87000.5", "1e5",
    "-1", "NaN", "100000", "99999999999999999999", "0.00000001", "Alo", "Ioc", CLOID, [], {},
    {"limit": {"tif": "Ioc"}}, {"limit": {"tif": "Alo"}},
    {"trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "tp"}}, [ORDER] * 3, ORDER,
)  # fmt: skip


def changed(value: Any, chance: random.Random) -> Any:
    """The value with one part of it replaced, left out or repeated."""
    if isinstance(value, dict) and value:
        fields = dict(value)
        name = chance.choice(list(fields))
        match chance.randrange(6):
            case 0:
                del fields[name]
            case 1:
                fields[name] = chance.choice(VALUES)
            case _:
                fields[name] = changed(fields[name], chance)
        return fields
    if isinstance(value, list) and value and chance.random() < 0.9:
        return [changed(value[0], chance), *value[1:]] * chance.randrange(1, 3)
    return chance.choice(VALUES)


def signed(action: dict[str, Any], nonce: int) -> dict[str, Any]:
    signature = SIGNER.sign_l1(action, nonce, is_mainnet=False)
    texts = {"r": signature.r, "s": signature.s, "v": signature.v}
    return {"action": action, "nonce": nonce, "signature": texts}


def test_signed_nonsense_is_answered_and_leaves_the_books_whole(tier: str) -> None:
    chance = random.Random(20261122)
    config = VenueConfig(
        start_ms=START_MS, funded={SIGNER.address: Decimal(10**7)}, limits=NO_LIMITS
    )
    markets = SyntheticMarkets(seeded_sources(3), ("BTC", "ETH"), LIGHT)
    core = ServerCore(LocalVenue(config, markets, recorded_catalog()), NO_LIMITS)
    peer = Peer(core, now_ms=START_MS)
    peer.subscribe(type="orderUpdates", user=SIGNER.address)
    peer.subscribe(type="l2Book", coin="BTC", fast=True)
    replies: list[Reply] = []
    posted: dict[int, Any] = {}
    sent = ACTIONS_BY_TIER[tier]
    for number in range(sent):
        action = chance.choice(ACTIONS)
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            mutant = changed(action, chance)
            action = mutant if "type" in mutant else action
        body = signed(action, START_MS + number)
        if number % 3:
            core.http(
                "/exchange",
                json.dumps(body).encode(),
                content_type="application/json",
                ip=IP,
                now_ms=peer.now_ms,
                answer=replies.append,
            )
        else:
            request = {"type": "action", "payload": body}
            frame = {"method": "post", "id": number, "request": request}
            core.ws_frame(peer.connection, json.dumps(frame).encode(), peer.now_ms)
        peer.now_ms += chance.randrange(60)
        core.advance(peer.now_ms)
        take_posts(peer, posted)
    core.advance(peer.now_ms + 1_000)
    take_posts(peer, posted)

    assert len(replies) + len(posted) == sent
    assert {reply.status for reply in replies} == {200, 422}
    texts = b"\n".join(reply.body for reply in replies)
    for proof in (b'"resting"', b'"filled"', b'"success"', b'"error"', b'"default"', b'"err"'):
        assert proof in texts, "the mutants miss what they are meant to reach"
    assert_whole(core, peer)


def take_posts(peer: Peer, posted: dict[int, Any]) -> None:
    for frame in peer.take():
        if frame["channel"] == "post":
            posted[frame["data"]["id"]] = frame["data"]["response"]
    assert not peer.is_dropped


def assert_whole(core: ServerCore, peer: Peer) -> None:
    """The book is not crossed, and the account's open orders are those that the book shows."""
    for coin in ("BTC", "ETH"):
        bids, asks = ask(core, peer, {"type": "l2Book", "coin": coin})["levels"]
        assert Decimal(bids[0]["px"]) < Decimal(asks[0]["px"])
    rows = ask(core, peer, {"type": "openOrders", "user": SIGNER.address})
    assert len({row["oid"] for row in rows}) == len(rows)
    for row in rows:
        found = ask(core, peer, {"type": "orderStatus", "user": SIGNER.address, "oid": row["oid"]})
        assert found["order"]["status"] == "open"


def ask(core: ServerCore, peer: Peer, request: dict[str, Any]) -> Any:
    replies: list[Reply] = []
    core.http(
        "/info",
        json.dumps(request).encode(),
        content_type="application/json",
        ip=IP,
        now_ms=peer.now_ms,
        answer=replies.append,
    )
    return json.loads(replies[0].body)
