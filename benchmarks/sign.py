"""`sign`: from an order to the signed request's bytes, against the bare steps and the SDK."""

from __future__ import annotations

import statistics
import timeit
from typing import Final

from coincurve import PrivateKey
from eth_account import Account
from hyperliquid.utils.signing import sign_l1_action

from benchmarks.measure import Figures, Yardstick, median_ratio
from hive.domain.identifiers import Cloid
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import OrderAction, limit_order
from hive.hyperliquid.signing import Signer, signed_request

ALTERNATIONS: Final = 15
CALLS: Final = 200
SDK_CALLS: Final = 20
US_PER_S: Final = 1e6
TEST_KEY: Final = "0x" + "11" * 32
"""A key for measuring; it owns nothing anywhere."""

YARDSTICKS: Final = {
    "order_us": Yardstick(peer="41.8 to sign alone, its authors' figure, on a faster machine"),
}


def run() -> Figures:
    """Microseconds an order: Hive whole, the curve alone (the floor), the SDK's signature."""
    instrument = Instrument("BTC", 0, InstrumentKind.PERP, 5, 40)
    signer, bare = Signer(TEST_KEY), PrivateKey(bytes.fromhex(TEST_KEY[2:]))
    wallet = Account.from_key(TEST_KEY)
    digest = b"\x07" * 32
    nonce = 1_790_000_000_000
    wire = {
        "a": 0,
        "b": True,
        "p": "86000",
        "s": "0.01",
        "r": False,
        "t": {"limit": {"tif": "Alo"}},
    }
    sdk_action = {"type": "order", "orders": [wire], "grouping": "na"}

    def hive() -> bytes:
        order = limit_order(
            instrument,
            side=Side.BUY,
            size=instrument.round_size(0.01),
            limit_px=instrument.round_px(86_000.0),
            tif=TimeInForce.ALO,
            reduce_only=False,
            cloid=Cloid("0x" + "00" * 16),
        )
        action = OrderAction(orders=(order,), grouping="na")
        return signed_request(action, nonce, signer.sign_l1(action, nonce, is_mainnet=False))

    def floor() -> bytes:
        return bare.sign_recoverable(digest, hasher=None)

    def sdk() -> object:
        return sign_l1_action(  # type: ignore[no-untyped-call]  # the SDK has no types
            wallet, sdk_action, None, nonce, None, False
        )

    ours, floors, theirs = [], [], []
    for _ in range(ALTERNATIONS):
        ours.append(timeit.timeit(hive, number=CALLS) / CALLS * US_PER_S)
        floors.append(timeit.timeit(floor, number=CALLS) / CALLS * US_PER_S)
        theirs.append(timeit.timeit(sdk, number=SDK_CALLS) / SDK_CALLS * US_PER_S)
    return {
        "order_us": statistics.median(ours),
        "floor_us": statistics.median(floors),
        "ratio_to_floor": median_ratio(ours, floors),
        "sdk_us": statistics.median(theirs),
        "sdk_over_hive": median_ratio(theirs, ours),
    }
