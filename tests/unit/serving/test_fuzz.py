"""Whatever is sent, the server answers and never raises."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.unit.serving.scripted_venue import IP, USER, Peer, envelope, world

from hive.serving.port import Reply

MUTANTS_BY_TIER = {"default": 20_000, "full": 100_000, "soak": 1_000_000}
STATUSES = {200, 400, 404, 413, 415, 422}
SEEDS: tuple[Any, ...] = (
    {"type": "meta"},
    {"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 2},
    {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": 1}},
    {"type": "orderStatus", "user": USER, "oid": 1},
    {"type": "userFillsByTime", "user": USER, "startTime": 1, "aggregateByTime": True},
    envelope(vaultAddress=USER, expiresAfter=5),
    envelope(action={"type": "order", "orders": [{"a": 0, "b": True, "p": "1"}], "grouping": "na"}),
    {"method": "ping"},
    {"method": "subscribe", "subscription": {"type": "l2Book", "coin": "BTC", "fast": True}},
    {"method": "subscribe", "subscription": {"type": "candle", "coin": "BTC", "interval": "1m"}},
    {"method": "unsubscribe", "subscription": {"type": "userFills", "user": USER}},
    {"method": "post", "id": 1, "request": {"type": "info", "payload": {"type": "meta"}}},
    {"method": "post", "id": 2, "request": {"type": "action", "payload": envelope()}},
)
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**64, 10**400, "", "0x", USER, "\x00", "\ud83d\ude00", "BTC", [], {},
    [[]], {"type": "meta"}, {"type": None}, "é", "l2Book", "subscribe",
)  # fmt: skip
SCRAPS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"\\ud800",
    b"\xff",
    b"\x00",
    b"NaN",
    b"1e999",
)


def changed(value: Any, chance: random.Random) -> Any:
    """The value with one part of it replaced, renamed, doubled or left out."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        fields = dict(value)
        name = chance.choice(list(fields))
        match chance.randrange(5):
            case 0:
                del fields[name]
            case 1:
                fields[chance.choice(["x", "type", "user", "dex", ""])] = chance.choice(VALUES)
            case 2:
                fields[name] = chance.choice(VALUES)
            case _:
                fields[name] = changed(fields[name], chance)
        return fields
    if isinstance(value, list) and value and chance.random() < 0.8:
        return [changed(value[0], chance), *value[1:]] * chance.randrange(3)
    return chance.choice(VALUES)


def mutant(chance: random.Random) -> bytes:
    value = chance.choice(SEEDS)
    for _ in range(chance.randrange(3)):
        value = changed(value, chance)
    raw = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    for _ in range(chance.randrange(3)):
        place = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw = raw[:place] + chance.choice(SCRAPS) + raw[place:]
            case 1:
                raw = raw[:place] + raw[place + 1 :]
            case 2:
                raw = raw[:place] + bytes([chance.randrange(256)]) + raw[place:]
            case _:
                raw = raw[:place] + raw[chance.randrange(len(raw) + 1) :]
    return raw


def test_mutated_bodies_and_frames_are_answered(tier: str) -> None:
    """Every body gets one reply of a known status; every frame an answer, or the socket is gone."""
    chance = random.Random(20261121)
    venue, core = world()
    peer = Peer(core)
    seen: dict[int, int] = {}
    channels: dict[str, int] = {}
    for number in range(MUTANTS_BY_TIER[tier]):
        raw = mutant(chance)
        replies: list[Reply] = []
        path = ("/info", "/exchange")[number % 2]
        core.http(
            path, raw, content_type="application/json", ip=IP, now_ms=0, answer=replies.append
        )
        (reply,) = replies
        assert reply.status in STATUSES, raw
        seen[reply.status] = seen.get(reply.status, 0) + 1
        for answer in peer.say(raw):
            channels[answer["channel"]] = channels.get(answer["channel"], 0) + 1
        if peer.is_dropped:
            peer = Peer(core)
        venue.info_requests.clear()
        venue.exchange_requests.clear()
        venue.events.clear()
    # The mutants reach every kind of answer, so that the test cannot pass by missing the target.
    assert min(seen.get(status, 0) for status in (200, 400, 422)) > 500
    assert {"pong", "error", "subscriptionResponse", "post"} <= channels.keys()
