"""Whatever comes to the venue's door, it answers in one of its forms, and grows no larger by it.

The whole of it: server and exchange, every question, subscription and action. What is rightly
signed changes the exchange, which may grow by its records; everything else may not make it grow.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, Final

import msgspec
from tests.properties import requests_gone_wrong as wrong
from tests.properties.crowd import Crowd
from tests.properties.crowd_deeds import DOINGS
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, StillMarkets, catalog
from tests.unit.serving.scripted_venue import IP, Peer
from tests.wire.mutants import replace_somewhere

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import VenueConfig
from hive.localvenue.venue import LocalVenue
from hive.serving.core import ServerCore
from hive.serving.port import Reply

INPUTS_BY_TIER: Final = {"default": 3_000, "full": 100_000, "soak": 1_000_000}
TRACED_BY_TIER: Final = {"default": 3_000, "full": 20_000, "soak": 1_000_000}
"""To follow each allocation makes everything four times as slow."""
SIGNED_BY_TIER: Final = {"default": 1_500, "full": 30_000, "soak": 250_000}
GROWTH_BYTES_MAX: Final = 1 << 19
SIGNER: Final = Signer("11" * 32)
PLENTY: Final = 10**9
LIMITS: Final = VenueLimits(
    weight_per_min=PLENTY,
    messages_per_min=PLENTY,
    new_connections_per_min=PLENTY,
    requests_initial=PLENTY,
)
STEP_MS: Final = 7
BLOCKS_MS: Final = 280
"""Four of them: nothing waits longer for its answer."""
UNREADABLE: Final = (400, 413, 415, 422)
ANSWERS: Final = {"ok", "err"}
SAID: Final = {"pong", "error", "subscriptionResponse", "post", "user", "activeSpotAssetCtx"}
CHANNELS: Final = SAID | {subscription["type"] for subscription in wrong.subscriptions()}


class Door:
    """The venue's front, and somebody who talks to it by HTTP and over a socket."""

    def __init__(self) -> None:
        config = VenueConfig(
            start_ms=START_MS,
            funded={SIGNER.address: Decimal(10**6), Address(wrong.TRADER): Decimal(1_000)},
            history=SHORT_PAST,
            limits=LIMITS,
        )
        self.core = ServerCore(LocalVenue(config, StillMarkets(), catalog()), LIMITS)
        self.now_ms = START_MS
        self.peer = Peer(self.core, now_ms=START_MS)
        self.statuses: Counter[int] = Counter()
        self.channels: Counter[str] = Counter()
        self.drops = 0
        self._replies: list[Reply] = []

    def post(self, path: str, body: bytes) -> None:
        self.core.http(
            path,
            body,
            content_type="application/json",
            ip=IP,
            now_ms=self.now_ms,
            answer=self._replies.append,
        )

    def say(self, frame: bytes) -> None:
        self.core.ws_frame(self.peer.connection, frame, self.now_ms)

    def pass_time(self) -> None:
        """Let the next blocks come, and look at all that was answered."""
        self.now_ms += STEP_MS
        self.core.advance(self.now_ms)
        for reply in self._replies:
            check_reply(reply)
            self.statuses[reply.status] += 1
        self._replies.clear()
        for frame in self.peer.take():
            check_frame(frame)
            self.channels[frame["channel"]] += 1
        if self.peer.is_dropped:
            self.drops += 1
            self.peer = Peer(self.core, now_ms=self.now_ms)


def check_reply(reply: Reply) -> None:
    """JSON for what was understood, plain text for what was not, and nothing else."""
    if reply.status in UNREADABLE:
        assert reply.is_text
        assert reply.body
    elif reply.status == 500:
        assert reply.body in (b"", b"null")
    else:
        assert reply.status == 200
        value = msgspec.json.decode(reply.body)
        if isinstance(value, dict) and "status" in value and "response" in value:
            assert value["status"] in ANSWERS
            assert isinstance(value["response"], str if value["status"] == "err" else dict)


def check_frame(frame: Any) -> None:
    assert frame["channel"] in CHANNELS, frame
    if frame["channel"] == "error":
        assert isinstance(frame["data"], str)
    elif frame["channel"] == "post":
        response = frame["data"]["response"]
        assert response["type"] in ("info", "action", "error")
        assert isinstance(response["payload"], str) is (response["type"] == "error")


def envelope(action: dict[str, Any], nonce: int, signature: Any = None) -> dict[str, Any]:
    texts = signature or {"r": "0x1", "s": "0x2", "v": 27}
    return {"action": action, "nonce": nonce, "signature": texts}


def deeds() -> list[dict[str, Any]]:
    """A sound action of each kind, as a crowd does them."""
    crowd = Crowd(1, DOINGS)
    for _ in range(400):
        crowd.act()
        crowd.make_block()
    account = crowd.engine.house.accounts[crowd.names[0]]
    found = [doing.action(crowd, account) for doing in DOINGS.values()]
    return [action for action in found if action is not None]


def unsigned(count: int) -> Iterator[tuple[str, bytes]]:
    """Where to, and what: questions, frames, and actions that nobody here has signed."""
    envelopes = [envelope(action, START_MS) for action in deeds()]
    thirds = count // 3 + 1
    return (
        pair
        for triple in zip(
            (("/info", body) for body in wrong.gone_wrong(wrong.questions(), thirds, 1)),
            (("/exchange", body) for body in wrong.gone_wrong(envelopes, thirds, 2)),
            (("/ws", body) for body in wrong.gone_wrong(wrong.frames(envelopes), thirds, 3)),
            strict=True,
        )
        for pair in triple
    )


def ask(door: Door, inputs: Iterable[tuple[str, bytes]]) -> None:
    for path, body in inputs:
        if path == "/ws":
            door.say(body)
        else:
            door.post(path, body)
        door.pass_time()


def test_everything_is_answered(tier: str) -> None:
    door = Door()
    ask(door, unsigned(INPUTS_BY_TIER[tier]))
    # The target was met: all kinds of answers came.
    assert {200, 400, 422} <= door.statuses.keys()
    assert {"pong", "error", "subscriptionResponse", "post"} <= door.channels.keys()
    assert door.drops > 0


def test_nothing_is_kept(tier: str) -> None:
    """The first half only warms up: caches, and whatever is kept for everybody who ever asked."""
    door, count = Door(), TRACED_BY_TIER[tier]
    inputs = unsigned(count)
    tracemalloc.start()
    try:
        ask(door, islice(inputs, count // 2))
        kept_bytes = _kept_bytes()
        ask(door, inputs)
        growth_bytes = _kept_bytes() - kept_bytes
    finally:
        tracemalloc.stop()
    assert growth_bytes <= GROWTH_BYTES_MAX


def test_signed_nonsense_of_every_kind_is_answered(tier: str) -> None:
    """Each action is sound, or changed in one or two places and then signed again."""
    door, rng = Door(), Random(4)
    sound = deeds()
    for number in range(SIGNED_BY_TIER[tier]):
        action = rng.choice(sound)
        for _ in range(rng.choice((0, 1, 1, 2))):
            action = json.loads(json.dumps(action))
            replace_somewhere(action, rng)
        nonce = START_MS + number
        body = json.dumps(envelope(action, nonce, _signature(action, nonce))).encode(
            errors="surrogatepass"
        )
        door.post("/exchange", body)
        door.pass_time()
        assert sum(door.statuses.values()) >= number - BLOCKS_MS // STEP_MS, action
    door.now_ms += 1_000
    door.pass_time()
    assert sum(door.statuses.values()) == SIGNED_BY_TIER[tier]
    assert door.statuses.keys() == {200, 422}


def _signature(action: dict[str, Any], nonce: int) -> dict[str, Any] | None:
    """None for what cannot even be signed."""
    try:
        signature = SIGNER.sign_l1(action, nonce, is_mainnet=False)
    except (OverflowError, ValueError, UnicodeEncodeError):
        return None
    return {"r": signature.r, "s": signature.s, "v": signature.v}


def _kept_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
