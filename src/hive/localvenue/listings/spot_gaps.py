"""What stands at the places of spot answers where nothing is listed here.

Contexts go by pair index and tokens by token index, and clients look them up by their place. Of the
venue's hundreds of pairs and tokens a few are listed here, so the places between them are filled.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

NEW_TOKEN_WEI_DECIMALS: Final = 8
"""As HYPE's."""


def unlisted_context(index: int) -> Json:
    """What stands for a pair index without a pair: nothing is traded there."""
    return {
        "coin": f"@{index}",
        "prevDayPx": "0.0",
        "dayNtlVlm": "0.0",
        "markPx": "0.0",
        "midPx": None,
        "circulatingSupply": "0.0",
        "totalSupply": "0.0",
        "dayBaseVlm": "0.0",
    }


def unlisted_token(index: int) -> Json:
    """What stands for a token index of which no more is known here than that it is taken."""
    return {
        "name": f"TOKEN{index}",
        "szDecimals": 0,
        "weiDecimals": 5,
        "index": index,
        "tokenId": f"0x{index:032x}",
        "isCanonical": False,
        "evmContract": None,
        "fullName": None,
        "deployerTradingFeeShare": "0.0",
    }


def new_token(index: int, name: str, size_decimals: int) -> Json:
    """A token that is listed while the venue runs."""
    decimals = {"szDecimals": size_decimals, "weiDecimals": NEW_TOKEN_WEI_DECIMALS}
    return {**unlisted_token(index), "name": name, **decimals}
