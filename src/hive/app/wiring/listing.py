"""The first questions of a start: what is listed, and whether a venue answers there at all."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from hive.connection.rest_client import HttpRefused, RestClient
from hive.domain.errors import BadFrame, VenueError, VenueRefused
from hive.domain.instruments import Universe
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec import (
    decode_meta,
    decode_spot_meta,
    perp_instruments,
    spot_instruments,
)

FIRST_ANSWER_MS: Final = 5_000
"""How long each attempt of these questions waits; what is silent for all of them is given up."""
VENUE_HINT: Final = "account.url names the venue; `hive venue serve` starts one on this machine"
DETAIL_CHARS_MAX: Final = 100
_NO_PATH: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
"""What a server says that knows no `/info`."""


class NoVenue(VenueError):
    """Something else answers at the URL."""


async def listed(rest: RestClient, url: str) -> Universe:
    """Everything that the venue at `url` lists.

    Raises:
        NoVenue: what answers there is none.
        VenueRefused: it does not serve us just now.
        LinkError: it cannot be reached, or does not answer.
    """
    body = b""
    try:
        body = await rest.info(codec_requests.meta(), timeout_ms=FIRST_ANSWER_MS)
        perps = perp_instruments(decode_meta(body))
        body = await rest.info(codec_requests.spot_meta(), timeout_ms=FIRST_ANSWER_MS)
        return Universe([*perps, *spot_instruments(decode_spot_meta(body))])
    except HttpRefused as error:
        said = f"HTTP {error.status} {_phrase(error.status)}".rstrip()
        if error.status in _NO_PATH:
            raise _no_venue(url, f"it answers {said}") from error
        raise VenueRefused(f"{url} (account.url) answers {said}", hint=VENUE_HINT) from error
    except BadFrame as error:
        raise _no_venue(url, _why_bad(body, error)) from error


def _no_venue(url: str, reason: str) -> NoVenue:
    return NoVenue(f"{url} (account.url) is no Hyperliquid venue: {reason}", hint=VENUE_HINT)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _why_bad(body: bytes, error: BadFrame) -> str:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "its answer is no JSON"
    return f"its answer lists no instruments ({str(error)[:DETAIL_CHARS_MAX]})"
