"""Every funding payment since the last one that is certain.

A stream tells each payment once, and neither repeats nor numbers them: one that fell into a cut, or
into a time when no process ran, shows nowhere else. So the history is asked, from a little before
where the last sweep ended, for a payment is listed a while after it was made. Repeats are told
apart by coin and hour.

What was paid before the journal began is not asked for: it was nobody's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.identifiers import Address
from hive.execution.books.account_books import AccountBooks
from hive.execution.ports import InfoRequests
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_info import decode_user_funding

LISTED_AFTER_MS: Final = 300_000
PAGES_MAX: Final = 20
"""Of 500 payments each; what is left is asked for by the next sweep."""


class FundingSweep:
    """One account's sweeps."""

    def __init__(self, account: Address, info: InfoRequests, books: AccountBooks) -> None:
        self._account = account
        self._info = info
        self._books = books
        self.found = 0
        """Payments that no stream had told."""

    async def sweep(self, venue_ms: Callable[[], int | None]) -> None:
        """Book what is missing. `venue_ms` tells the venue's present, at the least.

        Raises:
            LinkError, VenueError, LimitReached: it got no answer that can be read.
        """
        present_ms = venue_ms()
        if present_ms is None:
            return
        start_ms = self._books.writer.reached.funding_ms
        is_over = not start_ms
        for _ in range(PAGES_MAX):
            if is_over:
                break
            last_ms = await self._page(start_ms)
            is_over, start_ms = last_ms <= start_ms, max(start_ms, last_ms)
        certain_ms = (present_ms if is_over else start_ms) - LISTED_AFTER_MS
        if certain_ms > self._books.writer.reached.funding_ms:
            self._books.funding_swept(certain_ms)

    async def _page(self, start_ms: int) -> int:
        """Book a page; when its last payment was made."""
        request = codec_requests.user_funding(self._account, start_ms)
        page = decode_user_funding(await self._info.info(request), self._account)
        for funding in page:
            self.found += self._books.take_funding(funding)
        return max((funding.venue_ms for funding in page), default=start_ms)
