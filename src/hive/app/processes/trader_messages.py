"""What the trading process says to the one that watches it: one JSON object a line on stdout."""

from __future__ import annotations

import msgspec

from hive.app.exit_codes import EXIT_FAILED
from hive.app.snapshot import HeldPosition, RuntimeSnapshot


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag="waiting"):
    """It starts, and that takes long."""

    text: str


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """It trades. `page_url` is empty when the page is switched off."""

    account: str
    page_url: str


class Status(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """How it stands, about once a second."""

    snapshot: RuntimeSnapshot


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag="stopped"):
    """The end: orders are cancelled, the journal is closed."""

    snapshot: RuntimeSnapshot
    strategies: int
    strategies_ordering: int
    strategies_filled: int
    sockets: int
    """The most open at once, as far as pictures were taken."""
    subscriptions: int
    """The most held at once."""
    equity_usd: list[float]
    """Once a second."""
    held: list[HeldPosition]
    """What the accounts hold on."""
    orders_uncertain: int
    """Orders whose end the venue had not confirmed when the patience ran out."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """It could not start, or had to stop; a person must do something."""

    message: str
    hint: str
    exit_code: int = EXIT_FAILED
    """With which it ends, and who watches it too."""


TraderMessage = Waiting | Ready | Status | Stopped | Failed

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(TraderMessage).decode
