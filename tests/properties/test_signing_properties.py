"""Nonces under any clock; signers recovered from any spelling of an action."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Cloid
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import (
    BatchModifyAction,
    CancelByCloidAction,
    CancelByCloidWire,
    ModifyWire,
    OrderAction,
    OrderWire,
    limit_order,
)
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.number_text import canonical_text, wire_text
from hive.hyperliquid.signing import NonceSequence, Signer, recover_l1, signed_request

SIGNER = Signer(b"\x07" * 32)
INSTRUMENT = Instrument("BTC", 0, InstrumentKind.PERP, 5, 40)

numbers = st.decimals(min_value=0, max_value=10**9, places=8)
cloids = st.integers(0, 2**128 - 1).map(lambda number: Cloid(f"0x{number:032x}"))


@st.composite
def orders(draw: st.DrawFn) -> OrderWire:
    return limit_order(
        INSTRUMENT,
        side=draw(st.sampled_from(Side)),
        size=draw(numbers),
        limit_px=draw(numbers),
        tif=draw(st.sampled_from(TimeInForce)),
        reduce_only=draw(st.booleans()),
        cloid=draw(st.none() | cloids),
    )


batches = st.lists(orders(), max_size=4).map(tuple)
actions: st.SearchStrategy[L1Action] = st.one_of(
    batches.map(lambda batch: OrderAction(batch, "na")),
    batches.map(lambda batch: BatchModifyAction(tuple(ModifyWire(7, order) for order in batch))),
    st.lists(cloids).map(
        lambda batch: CancelByCloidAction(tuple(CancelByCloidWire(3, cloid) for cloid in batch))
    ),
)


def _respelled(value: Any, rng: random.Random) -> Any:
    """The same action as another client might write it: other key order, padding and letters."""
    if isinstance(value, dict):
        items = [
            (key, _padded(text, rng) if key in "ps" else _respelled(text, rng))
            for key, text in value.items()
        ]
        rng.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [_respelled(item, rng) for item in value]
    if isinstance(value, str) and value.startswith("0x"):
        return "0x" + value[2:].upper()
    return value


def _padded(text: str, rng: random.Random) -> str:
    point = "" if "." in text else "."
    padding = "0" * rng.randint(1, 3)
    return rng.choice(["", "0"]) + text + rng.choice(["", point + padding])


@given(actions, st.integers())
def test_a_respelled_action_still_tells_its_signer(action: L1Action, seed: int) -> None:
    """Key order, zero padding and the case of cloids do not matter to who signed."""
    signature = SIGNER.sign_l1(action, 9, is_mainnet=False)
    sent = json.loads(signed_request(action, 9, signature))["action"]
    heard = parse_action(_respelled(sent, random.Random(seed)))
    assert heard == action
    assert recover_l1(heard, 9, signature, is_mainnet=False) == SIGNER.address


@given(numbers)
def test_wire_text_says_the_number_and_is_canonical(number: Decimal) -> None:
    """It reads back as the same number and is the spelling that hashing expects."""
    text = wire_text(number)
    assert Decimal(text) == number
    assert canonical_text(text) == text
    assert canonical_text("00" + text) == text


@given(st.text(max_size=70))
def test_canonical_text_is_total(text: str) -> None:
    """Any text at all is refused or becomes a spelling that is its own canonical form."""
    canonical = canonical_text(text)
    if canonical is not None:
        assert canonical_text(canonical) == canonical
        assert Decimal(canonical) == Decimal(text)


clock_steps = st.lists(
    st.one_of(
        st.just(0),
        st.integers(1, 1_000),
        st.integers(-86_400_000, -1),
        st.integers(-(10**10), 10**10),
    ),
    max_size=200,
)


@given(st.integers(0, 2 * 10**12), clock_steps)
def test_nonces_strictly_increase_under_any_clock(floor: int, steps: list[int]) -> None:
    """Frozen, jumping or backward: above all before, never behind the clock, inside the window."""
    nonces = NonceSequence(floor)
    now_ms, last = 10**12, floor
    for step in steps:
        now_ms = max(0, now_ms + step)
        try:
            nonce = nonces.next(now_ms)
        except LimitReached:
            assert last + 1 - now_ms > 86_400_000 - 120_000
            continue
        assert nonce > last
        assert nonce >= now_ms
        assert nonce - now_ms < 86_400_000
        last = nonce


def test_ten_thousand_actions_in_one_millisecond_have_different_nonces() -> None:
    """A clock that stands still for a burst makes no two alike."""
    nonces = NonceSequence()
    assert len({nonces.next(1_700_000_000_000) for _ in range(10_000)}) == 10_000
