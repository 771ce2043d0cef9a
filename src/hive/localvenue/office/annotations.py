"""What deployers of builder perps say about them: a category, and words to find them by.

The shapes are documented; which perp has which words on the real venue is not known here. Perps of
the first dex have none.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

Json = dict[str, Any]


class Annotation(msgspec.Struct, frozen=True):
    """One perp's."""

    category: str
    display_name: str


DESCRIPTION_BY_CATEGORY: Final = {
    "stocks": "Shares of listed companies",
    "indices": "Baskets of shares",
    "commodities": "Metals and energy",
    "fx": "Exchange rates against the US dollar",
}

ANNOTATION_BY_COIN: Final = {
    "xyz:XYZ100": Annotation("indices", "XYZ100"),
    "xyz:SP500": Annotation("indices", "S&P 500"),
    "xyz:TSLA": Annotation("stocks", "Tesla"),
    "xyz:NVDA": Annotation("stocks", "NVIDIA"),
    "xyz:HOOD": Annotation("stocks", "Robinhood"),
    "xyz:INTC": Annotation("stocks", "Intel"),
    "xyz:PLTR": Annotation("stocks", "Palantir"),
    "xyz:COIN": Annotation("stocks", "Coinbase"),
    "xyz:META": Annotation("stocks", "Meta"),
    "xyz:AAPL": Annotation("stocks", "Apple"),
    "xyz:MSFT": Annotation("stocks", "Microsoft"),
    "xyz:GOOGL": Annotation("stocks", "Alphabet"),
    "xyz:AMZN": Annotation("stocks", "Amazon"),
    "xyz:GOLD": Annotation("commodities", "Gold"),
    "xyz:SILVER": Annotation("commodities", "Silver"),
    "xyz:CL": Annotation("commodities", "Crude oil"),
    "xyz:EUR": Annotation("fx", "Euro"),
    "xyz:JPY": Annotation("fx", "Japanese yen"),
}


def annotation(coin: str) -> Json | None:
    """Of one perp in full; None for one without."""
    found = ANNOTATION_BY_COIN.get(coin)
    if found is None:
        return None
    return {
        "category": found.category,
        "description": DESCRIPTION_BY_CATEGORY[found.category],
    }


def concise_annotation(coin: str) -> Json | None:
    """Of one perp as dashboards list it; None for one without."""
    found = ANNOTATION_BY_COIN.get(coin)
    if found is None:
        return None
    return {
        "category": found.category,
        "displayName": found.display_name,
        "keywords": [found.display_name.lower()],
    }
