"""What tests do with brackets at the local venue."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.venue_rig import VenueRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.strategy.views import Bracket

SHARED = ("alice", "bob")


def bracket(
    rig: VenueRig,
    size: float = 1.0,
    px: float = 80_100,
    *,
    name: str = "alice",
    tif: TimeInForce = TimeInForce.GTC,
    **exits: float,
) -> Bracket:
    """A long entry; with `px` at 80,100 it takes at once, below the market it rests."""
    ctx = rig.ctx(name)
    exits = exits or {"stop_px": 78_000, "take_profit_px": 82_000}
    entry = ctx.draft("BTC", Side.BUY, size, px, tif=tif)
    found: Bracket = rig.do(lambda: ctx.bracket(entry, **exits))
    return found


def share_the_coin(rig: VenueRig) -> None:
    """Bob has an order of BTC far away."""
    rig.do(lambda: rig.ctx("bob").buy("BTC", 0.01, 60_000.0))


def alive(rig: VenueRig, name: str = "alice") -> list[Cloid]:
    return [order.cloid for order in rig.ctx(name).open_orders()]


def size_at_venue(rig: VenueRig, cloid: Cloid | None) -> Decimal:
    return next(o.open_size for o in rig.truth.open_orders if o.cloid == cloid)
