"""Every request the server knows, sound and then gone wrong.

The sound ones are made from the server's own tables, one for each type, so that a type which is
added is tried too. What goes wrong with them is bytes (`tests.wire.mutants`) and values: a field
that is missing, of another kind, twice there, endlessly deep, endlessly long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from tests.wire.mutants import mutants

from hive.serving.info_types import ACCOUNT_TYPES, MARKET_TYPES, SPOT_TYPES
from hive.serving.request_fields import Fields
from hive.serving.subscription_types import ACCOUNT_STREAMS, MARKET_STREAMS

TRADER: Final = "0x" + "ab" * 20
STRANGER: Final = "0x" + "cd" * 20
CLOID: Final = "0x" + "12" * 16
TOKEN_ID: Final = "0x6d1e7cde53ba9467b783cb7c530ce054"
EXAMPLES: Final[dict[str, tuple[Any, ...]]] = {
    "coin": ("BTC", "PURR/USDC", "@107", "xyz:TSLA"),
    "user": (TRADER, STRANGER),
    "builder": (STRANGER,),
    "source": (STRANGER,),
    "vaultAddress": (STRANGER,),
    "dex": ("", "xyz"),
    "nSigFigs": (None, 5),
    "mantissa": (None, 2),
    "fast": (False, True),
    "interval": ("1m", "1d"),
    "req": ({"coin": "BTC", "interval": "1m", "startTime": 1_789_999_000_000},),
    "startTime": (1, 1_789_999_000_000),
    "endTime": (None, 1_790_000_000_000),
    "aggregateByTime": (None, True),
    "reversed": (None, True),
    "ignorePortfolioMargin": (False, True),
    "oid": (600_000_000_001, CLOID),
    "id": (56,),
    "tokenId": (TOKEN_ID,),
    "token": (0,),
    "outcome": (0,),
}
TWICE: Final = (b'{"type":"meta",', b'{"coin":"ETH",', b'{"nonce":1,', b'{"method":"ping",')
DEEP: Final = (
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"type":"meta","x":' + b"[" * 70 + b"]" * 70 + b"}",
)
LONG: Final = (b'"' + b"x" * 300_000 + b'"', b"9" * 100_000, b"[" + b"0," * 50_000 + b"0]")
ODD_SHARE: Final = 0.02
TWICE_SHARE: Final = 0.05


def questions() -> list[dict[str, Any]]:
    """Two /info requests of each type."""
    return _each({**MARKET_TYPES, **SPOT_TYPES, **ACCOUNT_TYPES})


def subscriptions() -> list[dict[str, Any]]:
    """Two subscriptions of each type."""
    return _each({**MARKET_STREAMS, **ACCOUNT_STREAMS})


def _each(table: Mapping[str, Fields]) -> list[dict[str, Any]]:
    found = []
    for kind, fields in table.items():
        for choice in (0, 1):
            named = {field[0]: EXAMPLES[field[0]] for field in fields}
            chosen = {name: values[choice % len(values)] for name, values in named.items()}
            found.append({"type": kind, **chosen})
    return found


def frames(envelopes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What clients say on a socket: everything that can be said."""
    methods = ("subscribe", "subscribe", "unsubscribe")
    said: list[dict[str, Any]] = [
        {"method": method, "subscription": subscription}
        for subscription in subscriptions()
        for method in methods
    ]
    posts = [{"type": "info", "payload": question} for question in questions()]
    posts += [{"type": "action", "payload": envelope} for envelope in envelopes]
    said += [{"method": "post", "id": n, "request": post} for n, post in enumerate(posts)]
    return [*said, *([{"method": "ping"}] * 5)]


def gone_wrong(sound: list[dict[str, Any]], count: int, seed: int) -> Iterator[bytes]:
    """`count` bodies, most of them damaged, some of them sound; the same for the same seed."""
    rng = Random(seed)
    bodies = [json.dumps(each).encode() for each in sound]
    for body in mutants(bodies, count, seed):
        dice = rng.random()
        if dice < ODD_SHARE:
            yield rng.choice((*DEEP, *LONG))
        elif dice < ODD_SHARE + TWICE_SHARE:
            yield body.replace(b"{", rng.choice(TWICE), 1)
        elif dice < 0.2:
            yield rng.choice(bodies)
        else:
            yield body
