"""The official SDK, unmodified, doing the same: on each bbo one immediate-or-cancel buy.

Run as `python -m benchmarks.sdk_client URL COIN PRIVATE_KEY`.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from eth_account import Account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info


def main(url: str, coin: str, key: str) -> None:
    exchange = Exchange(Account.from_key(key), url)
    info = Info(url)

    def on_bbo(message: Any) -> None:
        bid = float(message["data"]["bbo"][0]["px"])
        exchange.order(coin, True, 1, round(bid * 0.95), {"limit": {"tif": "Ioc"}})

    info.subscribe({"type": "bbo", "coin": coin}, on_bbo)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:4])
