"""Payloads gone wrong: bytes damaged on the way, and values that a venue should never send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

HOSTILE_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, -0.0, 1e308, 2**63, 2**64, 10**30, [], {}, [[]], {"": ""}),
    *("", " ", "NaN", "nan", "Infinity", "-Infinity", "1e400", "1e5", "-1.0", "0.0", "-0.0", "+1"),
    *(" 1", "1 ", "1_0", "0x10", "1.", ".5", "01", "true", "null", "\u0661", "\x00", "x" * 5000),
    *(
        "9" * 400,
        "0." + "0" * 400 + "1",
        "B",
        "open",
        "0x" + "0" * 40,
        [None],
        [1, 2, 3],
        {"px": 1},
    ),
]
HOSTILE_BYTES = [
    *(
        b"",
        b"null",
        b"-",
        b"1e999",
        b'"',
        b"\\",
        b"\\u",
        b"\\ud800",
        b"\xff",
        b"\xc3",
        b"\x00",
        b"{",
        b"}",
    ),
    *(
        b"[",
        b"]",
        b",",
        b":",
        b"[" * 2000,
        b'{"a":' * 2000,
        b"9" * 5000,
        b'"NaN"',
        b"NaN",
        b"Infinity",
    ),
    *(b'"channel":"bbo",', b'"channel":5,', b"true", b'"\xed\xa0\x80"'),
]


def mutants(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged payloads, the same ones for the same seed."""
    rng = Random(seed)
    for _ in range(count):
        body = rng.choice(seeds)
        if rng.random() < 0.5:
            value = json.loads(body)
            replace_somewhere(value, rng)
            yield json.dumps(value).encode("utf-8", "surrogatepass")
        else:
            for _ in range(rng.choice((1, 1, 1, 2, 4))):
                body = _damaged(body, rng.choice(seeds), rng)
            yield body


def replace_somewhere(value: Any, rng: Random) -> None:
    """Put a hostile value, a missing field or a new one somewhere inside."""
    while True:
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(value[key], dict | list) and rng.random() < 0.85:
            value = value[key]
            continue
        choice = rng.random()
        if choice < 0.1:
            del value[key]
        elif choice < 0.2 and isinstance(value, dict):
            value[rng.choice(("new", "px", "data", "channel"))] = rng.choice(HOSTILE_VALUES)
        else:
            value[key] = rng.choice(HOSTILE_VALUES)
        return


def _damaged(body: bytes, other: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(body) + 1)
    end = min(len(body), place + rng.choice((0, 1, 2, 8, 64)))
    match rng.randrange(5):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + body[end:]
        case 2:
            return body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :]
        case 3:
            return body[:place] + rng.choice(HOSTILE_BYTES) + body[end:]
        case _:
            return body[:place] + other[rng.randrange(len(other)) :]
