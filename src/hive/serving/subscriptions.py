"""What can be subscribed to, and the form in which the server says it back.

The venue echoes its own form of a subscription, not the sender's bytes: users in lower case,
defaults filled in, unknown fields dropped, its own key order (protocol.md 3.1). Two subscriptions
are the same when these forms are, so the text of the form is the key under which frames are
published.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.market import INTERVAL_MS_BY_NAME
from hive.serving.request_fields import (
    FieldTable,
    MisfitField,
    UnknownType,
    normalise_addresses,
)
from hive.serving.subscription_types import ACCOUNT_STREAMS, MARKET_STREAMS

SIGNIFICANT_FIGURES: Final = (None, 2, 3, 4, 5)
MANTISSAS: Final = (None, 2, 5)
"""The docs allow 1 as well; the live venue refuses it (venue.md 5)."""


class MalformedSubscription(ValueError):
    """The JSON does not have a subscription's shape: the whole frame counts as unparsable."""


class InvalidSubscription(ValueError):
    """The right shape with a value that cannot be: an error frame."""


class FatalSubscription(ValueError):
    """A value at which the venue drops the socket."""


class Canonical(msgspec.Struct, frozen=True):
    """A subscription in the server's form: `form` is echoed, `key` names its stream."""

    form: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        """The form as it appears in error texts."""
        return msgspec.json.encode(self.form).decode()


STREAM_TYPES: Final = FieldTable({**MARKET_STREAMS, **ACCOUNT_STREAMS})


def canonical(subscription: Any) -> Canonical:
    """The server's form of a subscription as a client sent it.

    Raises:
        MalformedSubscription: unknown type, missing field or wrong JSON type.
        InvalidSubscription: not an address, not an interval.
        FatalSubscription: bad nSigFigs or mantissa.
    """
    try:
        form = STREAM_TYPES.read(subscription)
    except (UnknownType, MisfitField) as error:
        raise MalformedSubscription(str(error)) from None
    if form["type"] == "candle" and form["interval"] not in INTERVAL_MS_BY_NAME:
        raise InvalidSubscription(f"no interval {form['interval']!r}")
    if form["type"] == "l2Book":
        _check_rounding(form["nSigFigs"], form["mantissa"])
    try:
        normalise_addresses(form)
    except MalformedIdentifier as error:
        raise InvalidSubscription(str(error)) from None
    return Canonical(form, key_of(form))


def key_of(form: dict[str, Any]) -> str:
    """The name of the stream that answers a canonical form.

    `user` is an alias: it is echoed as it came and shares the stream of `userEvents`.
    """
    if form["type"] == "user":
        form = {**form, "type": "userEvents"}
    return msgspec.json.encode(form).decode()


def _check_rounding(n_sig_figs: int | None, mantissa: int | None) -> None:
    is_figures_ok = n_sig_figs in SIGNIFICANT_FIGURES
    is_mantissa_ok = mantissa in MANTISSAS and (mantissa is None or n_sig_figs == 5)
    if not (is_figures_ok and is_mantissa_ok):
        raise FatalSubscription(f"nSigFigs {n_sig_figs}, mantissa {mantissa}")
