"""What people should read about market data: histories that failed, listeners that raised."""

from __future__ import annotations

from typing import Final

from hive.app.notes.notices import Notices
from hive.connection.ws_pool import WsPoolSnapshot
from hive.marketdata.market_data import MarketDataSnapshot

CAUSES_MAX: Final = 200


class MarketNotes:
    """Compares each picture of market data with the one before and says what is new."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._told: dict[str, None] = {}
        """Each cause is told once."""

    def look(self, market: MarketDataSnapshot) -> None:
        """Say what is new; about once a second is often enough."""
        for text in market.recent_errors:
            if text in self._told:
                continue
            if len(self._told) >= CAUSES_MAX:
                del self._told[next(iter(self._told))]
            self._told[text] = None
            self._notices.say("data", text)


def data_troubles(pool: WsPoolSnapshot, market: MarketDataSnapshot | None) -> dict[str, int]:
    """What was counted against market data, by what it is; nothing that is zero."""
    counts = {
        "frames that made no sense": pool.bad_frames,
        "frames that nobody wanted": pool.unrouted,
        "fields that are new to us": len(pool.unknown_fields),
    }
    if market is not None:
        counts |= {
            "gaps": market.gaps,
            "gaps not made good": market.gaps_unhealed,
            "candles lost": market.candles_lost,
            "failed histories and handlers": market.handler_errors,
        }
    return {name: count for name, count in counts.items() if count}
