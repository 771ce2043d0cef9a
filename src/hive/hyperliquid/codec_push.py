"""A WebSocket frame to the push it is.

Two decoders share the work. The lenient one turns the numbers of public channels into floats in C;
for the other channels it only tells which one it is, and the strict one reads those. So whichever
key comes first in a frame, public ones are decoded once and private ones exactly. A private frame
that begins as the venue's do is known by its first bytes, and decoded once too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, Final, get_args

import msgspec

from hive.hyperliquid import wire
from hive.hyperliquid.wire import (
    ControlPush,
    PostPush,
    PostReply,
    PrivatePush,
    PublicPush,
    Push,
    UnknownPush,
)
from hive.hyperliquid.wire_reading import UNREADABLE, Frame, bad_frame, read

CHANNEL_LENGTH_MAX: Final = 64

_STRICT_PUSHES: Final = (
    wire.OrderUpdatesPush,
    wire.UserPush,
    wire.UserFillsPush,
    wire.ClearinghouseStatePush,
    wire.OpenOrdersPush,
    wire.SubscriptionResponse,
    wire.Pong,
    wire.ErrorPush,
    PostPush,
)


class _Strict(msgspec.Struct, frozen=True, gc=False):
    """Stands for a push that is to be read strictly."""


def _marker(push: Any) -> Any:
    config = push.__struct_config__
    return msgspec.defstruct(
        f"_Strict{push.__name__}",
        [],
        bases=(_Strict,),
        tag_field=config.tag_field,
        tag=config.tag,
        frozen=True,
        gc=False,
    )


class _AnyPush(msgspec.Struct, frozen=True):
    channel: str


_PUBLIC_OR_MARKER: Final[Any] = reduce(or_, map(_marker, _STRICT_PUSHES), PublicPush)
_STRICT: Final[Any] = reduce(or_, _STRICT_PUSHES)

_read_public: Final[Callable[[Frame], PublicPush | _Strict]] = msgspec.json.Decoder(
    _PUBLIC_OR_MARKER, strict=False
).decode
_strict: Final[msgspec.json.Decoder[PrivatePush | ControlPush | PostPush]] = msgspec.json.Decoder(
    _STRICT
)
_any: Final = msgspec.json.Decoder(_AnyPush)

_HEAD_LENGTH: Final = 16
_STRICT_HEADS: Final = frozenset(
    f'{{"channel":"{push.__struct_config__.tag}"'.encode()[:_HEAD_LENGTH] for push in _STRICT_PUSHES
)
"""As far as a frame's first bytes go: enough to tell these channels from the public ones."""

KNOWN_CHANNELS: Final = frozenset(
    push.__struct_config__.tag for push in (*get_args(PublicPush), *_STRICT_PUSHES)
)


def decode_push(frame: Frame) -> Push:
    """The push that a frame holds; nothing in it refers to the frame's buffer.

    Raises:
        BadFrame: it is not JSON, has no channel, or its channel does not allow this.
    """
    if bytes(frame[:_HEAD_LENGTH]) not in _STRICT_HEADS:
        try:
            push = _read_public(frame)
        except UNREADABLE as error:
            return _unknown(frame, error)
        if not isinstance(push, _Strict):
            return push
    strict_push = read(_strict, frame)
    if isinstance(strict_push, PostPush):
        return _opened(strict_push.data)
    return strict_push


def _unknown(frame: Frame, error: Exception) -> UnknownPush:
    """An unknown channel is no fault; anything else that could not be read is."""
    channel = read(_any, frame).channel
    if channel in KNOWN_CHANNELS:
        raise bad_frame(error, frame) from None
    return UnknownPush(channel[:CHANNEL_LENGTH_MAX])


def _opened(post: wire.PostAnswer) -> PostReply:
    response = post.response
    if isinstance(response, wire.PostedError):
        return PostReply(post.id, "error", b"", response.payload)
    if isinstance(response, wire.PostedAction):
        return PostReply(post.id, "action", bytes(response.payload))
    return PostReply(post.id, "info", bytes(response.payload.data))
