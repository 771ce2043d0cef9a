"""Asks the venue what has become of the account's TWAPs, while any may run."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.venue_time import VenueTime
from hive.execution.ports import InfoRequests
from hive.execution.settling.errands import Errand, Errands
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_twap import decode_twap_history
from hive.runtime.ports import Clock

NS_BY_MS = 1_000_000


class TwapInquiry:
    """Questions about one account's TWAPs."""

    def __init__(
        self,
        account: Address,
        info: InfoRequests,
        clock: Clock,
        *,
        books: AccountBooks,
        errands: Errands,
        venue_time: VenueTime,
    ) -> None:
        self._account = account
        self._info = info
        self._clock = clock
        self._books = books
        self._errands = errands
        self._venue_time = venue_time

    async def ask(self) -> None:
        """Bring the TWAPs in line with the venue's history, and see when to ask again.

        Raises:
            LinkError, VenueError, LimitReached: it got no answer that can be read.
        """
        twaps = self._books.twaps
        if not twaps:
            return
        asked_ms, venue_ms = self._now_ms(), self._venue_ms()
        body = await self._info.info(codec_requests.twap_history(self._account), urgent=True)
        wall_ms = self._clock.now_ms()
        twaps.take_reports(reversed(decode_twap_history(body)), wall_ms)
        twaps.looked(asked_ms, venue_ms, wall_ms)
        next_ms = twaps.next_look_ms(self._now_ms(), self._venue_ms())
        if next_ms is not None:
            self._errands.request(Errand.TWAPS, next_ms)

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS

    def _venue_ms(self) -> int | None:
        return self._venue_time.at_least_ms(self._now_ms())
