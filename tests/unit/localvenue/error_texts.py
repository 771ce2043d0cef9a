"""Every text with which the venue refuses an action: those marked H or M in protocol.md 2.10 and
venue.md 5."""

from __future__ import annotations

from tests.unit.localvenue.error_texts_accounts import ACCOUNT_ROWS, MARGIN_ROWS
from tests.unit.localvenue.error_texts_orders import ORDER_ROWS, REQUEST_ROWS
from tests.unit.localvenue.error_texts_twaps import TWAP_ROWS

ROWS = [*ORDER_ROWS, *REQUEST_ROWS, *TWAP_ROWS, *MARGIN_ROWS, *ACCOUNT_ROWS]

PENDING: dict[str, str] = {}
"""Texts of what is not offered yet, and of what that is."""

UNREACHABLE = {
    "Unknown user while updating isolated margin.": "an unknown signer is told so before",
}
"""Texts that no request can earn here, and why."""
