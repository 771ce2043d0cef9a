"""What an `error` frame of the venue's is about (protocol.md 3.1).

The frame is a sentence. Some quote the subscription, or our whole request, as JSON; some name a
post's id; some say nothing of the kind. Without the tie, whoever asked would only ever time out.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final

import msgspec

from hive.domain.errors import BadFrame
from hive.hyperliquid.subscriptions import Subscription, canonical


class ComplaintKind(Enum):
    """What the venue complains of."""

    ALREADY_SUBSCRIBED = "already subscribed"
    """Good news: the stream is there."""
    ALREADY_UNSUBSCRIBED = "already unsubscribed"
    TOO_MANY_USERS = "too many users"
    """About some subscription to a user's stream; the text does not say which."""
    REFUSED = "refused"
    """Anything else."""


class Complaint(msgspec.Struct, frozen=True):
    """An `error` frame, as far as it can be tied to what we sent."""

    kind: ComplaintKind
    subscription: Subscription | None = None
    post_id: int | None = None


_KIND_BY_BEGINNING: Final = {
    "Already subscribed": ComplaintKind.ALREADY_SUBSCRIBED,
    "Already unsubscribed": ComplaintKind.ALREADY_UNSUBSCRIBED,
    "Cannot track more than": ComplaintKind.TOO_MANY_USERS,
}
_POST_ID: Final = re.compile(r"\bid=([0-9]{1,18})\b")
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


def read_complaint(text: str) -> Complaint:
    """Tie the text to a request where it allows; otherwise a refusal of nothing named."""
    kind = ComplaintKind.REFUSED
    for beginning, known in _KIND_BY_BEGINNING.items():
        if text.startswith(beginning):
            kind = known
    if match := _POST_ID.search(text):
        return Complaint(kind, post_id=int(match[1]))
    quoted = _quoted(text)
    if quoted.get("method") == "post" and isinstance(quoted.get("id"), int):
        return Complaint(kind, post_id=quoted["id"])
    try:
        return Complaint(kind, canonical(quoted.get("subscription", quoted)))
    except BadFrame:
        return Complaint(kind)


def _quoted(text: str) -> dict[str, Any]:
    """The JSON object inside the text; empty if there is none that can be read."""
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0:
        return {}
    try:
        return msgspec.json.decode(text[begin : end + 1], type=dict[str, Any])
    except _UNREADABLE:
        return {}
