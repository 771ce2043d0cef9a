"""Frames as the venue writes them, and a session that is already open."""

from __future__ import annotations

import json
from typing import Any

from hive.domain.identifiers import Address
from hive.hyperliquid import subscriptions as subs
from hive.hyperliquid.session import Session
from hive.hyperliquid.session_events import SessionTiming
from hive.hyperliquid.subscriptions import Subscription

ALICE = Address("0x" + "a1" * 20)
BOB = Address("0x" + "b0" * 20)
BTC = subs.bbo("BTC")
BOOK = subs.l2_book("BTC", fast=True)
PING = b'{"method":"ping"}'


def frame(channel: str, data: object) -> bytes:
    return json.dumps({"channel": channel, "data": data}).encode()


def ack(subscription: Subscription, method: str = "subscribe") -> bytes:
    """As the venue echoes: its own key order, defaults filled in, unknown extras."""
    echo: dict[str, Any] = subscription.to_wire()
    if subscription.type == "l2Book":
        echo = {"nSigFigs": None, "mantissa": None, "fast": False, **echo}
    return frame("subscriptionResponse", {"subscription": echo, "method": method})


def bbo_push(coin: str = "BTC", *, time_ms: int = 1, px: str = "100.0") -> bytes:
    level = {"px": px, "sz": "1.0", "n": 1}
    return frame("bbo", {"coin": coin, "time": time_ms, "bbo": [level, None]})


def book_push(coin: str = "BTC", *, time_ms: int = 1) -> bytes:
    return frame("l2Book", {"coin": coin, "time": time_ms, "levels": [[], []], "fast": True})


def sent(session: Session) -> list[dict[str, Any]]:
    return [json.loads(sent_frame) for sent_frame in session.take_outgoing()]


def subscribed(subscription: Subscription) -> dict[str, Any]:
    return {"method": "subscribe", "subscription": subscription.to_wire()}


def unsubscribed(subscription: Subscription) -> dict[str, Any]:
    return {"method": "unsubscribe", "subscription": subscription.to_wire()}


def opened(*wanted: Subscription, timing: SessionTiming | None = None) -> Session:
    """A session at 0 ms with everything wanted acked and all news taken."""
    session = Session(timing)
    for subscription in wanted:
        session.want(subscription, 0)
    session.opened(0)
    for subscription in wanted:
        session.receive(ack(subscription), 0)
    session.take_outgoing()
    session.take_events()
    return session
