"""`sign`: from an order to the signed request's bytes, against the bare steps and the SDK."""

from __future__ import annotations

import statistics
from typing import Final

from coincurve import PrivateKey
from eth_account import Account
from hyperliquid.utils.signing import sign_l1_action

from benchmarks.measure import Figures, Yardstick, against_floor, median_ratio, timed
from hive.domain.identifiers import Cloid
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import OrderAction, limit_order
from hive.hyperliquid.signing import Signer, signed_request

ALTERNATIONS: Final = 15
CALLS: Final = 200
SDK_CALLS: Final = 20
TEST_KEY: Final = "0x" + "11" * 32
"""A key for measuring; it owns nothing anywhere."""

YARDSTICKS: Final = {
    "p50_us": Yardstick(peer="41.8 to sign alone, its authors' figure, on a faster machine"),
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

    def hive(_: int) -> bytes:
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

    def floor(_: int) -> bytes:
        return bare.sign_recoverable(digest, hasher=None)

    def sdk(_: int) -> object:
        return sign_l1_action(  # type: ignore[no-untyped-call]  # the SDK has no types
            wallet, sdk_action, None, nonce, None, False
        )

    ours, floors, theirs = [], [], []
    for _ in range(ALTERNATIONS):
        ours.append(timed(hive, range(CALLS)))
        floors.append(timed(floor, range(CALLS)))
        theirs.append(timed(sdk, range(SDK_CALLS)))
    sdk_us, hive_us = (
        [statistics.median(calls.each_us) for calls in rounds] for rounds in (theirs, ours)
    )
    return {
        **against_floor(ours, floors),
        "sdk_p50_us": statistics.median(sdk_us),
        "sdk_over_hive": median_ratio(sdk_us, hive_us),
    }
