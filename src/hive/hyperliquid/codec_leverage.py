"""A coin's leverage and margin mode of an account, as `activeAssetData` tells them."""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.leverage import LeverageSetting, MarginMode
from hive.hyperliquid.wire_private import Leverage
from hive.hyperliquid.wire_reading import Frame, read


class WireActiveAsset(msgspec.Struct, frozen=True):
    """What is read of it: it stands there for flat coins, too."""

    coin: str
    leverage: Leverage


_active_asset: Final = msgspec.json.Decoder(WireActiveAsset)


def decode_leverage(body: Frame) -> LeverageSetting:
    """What holds for the coin that was asked for.

    Raises:
        BadFrame: it is not such an answer.
    """
    leverage = read(_active_asset, body).leverage
    return LeverageSetting(leverage.value, MarginMode(leverage.type))
