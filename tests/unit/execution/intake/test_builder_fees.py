"""Builder fees from a strategy's plan to the venue's books, and what comes of not approving."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace
from tests.unit.execution.venue_rig import START_MS, VenueRig

from hive.app.wiring.plan import StrategyPlan
from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.domain.order_options import BuilderFee
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import (
    SIGNATURE_CHAIN_ID,
    ApproveBuilderFeeAction,
    chain_name,
)

BUILDER = Signer("b1" * 32).address
FUNDED = {BUILDER: Decimal(1_000), Signer("17" * 32).address: Decimal(1_000_000)}


def paying(plan: StrategyPlan) -> StrategyPlan:
    return replace(plan, builder=BuilderFee(BUILDER, 50))


def approve(rig: VenueRig, builder: Address) -> None:
    """The account's own key says yes, as its owner would on the venue's site."""
    nonce = START_MS + 1
    action = ApproveBuilderFeeAction(
        signature_chain_id=SIGNATURE_CHAIN_ID,
        hyperliquid_chain=chain_name(is_mainnet=False),
        max_fee_rate="0.1%",
        builder=builder,
        nonce=nonce,
    )
    body = signed_request(action, nonce, rig.signer.sign_user_action(action))
    rig.served.http("/exchange", body, ip="192.0.2.9", answer=lambda status, reply: None)
    rig.run_s(1)


def fees_of_a_purchase(rig: VenueRig) -> Decimal:
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 1.0))
    assert rig.size() == rig.venue_size() == 1
    (fill,) = rig.truth.fills
    assert rig.ctx().position("BTC").fees_usd == fill.fee
    return fill.fee


def test_an_approved_builder_is_paid_on_top_and_booked_with_the_fee() -> None:
    with_builder, without = VenueRig(plans=paying, funded=FUNDED), VenueRig()
    approve(with_builder, BUILDER)
    extra = fees_of_a_purchase(with_builder) - fees_of_a_purchase(without)
    assert extra == Decimal("0.0005") * Decimal(80_010)


def test_without_approval_orders_are_rejected_with_what_to_do_about_it() -> None:
    rig = VenueRig(plans=paying, funded=FUNDED)
    cloid = rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 1.0))
    assert rig.news(cloid) == ["rejected"]
    assert rig.reason(cloid).startswith("Builder fee has not been approved. Approve it")
    assert rig.venue_size() == 0


def test_quotes_that_pay_a_builder_move_by_a_cancel_and_a_new_order() -> None:
    rig = VenueRig(plans=paying, funded=FUNDED)
    approve(rig, BUILDER)
    rig.do(lambda: rig.ctx().quote("BTC", bids=[(79_900, 0.01)]))
    rig.do(lambda: rig.ctx().quote("BTC", bids=[(79_800, 0.01)]))
    (order,) = rig.truth.open_orders
    assert order.px == Decimal(79_800)
    kinds = [action["type"] for action in rig.actions]
    assert sorted(kinds) == ["cancelByCloid", "order", "order"]
    assert all("builder" in action for action in rig.actions if action["type"] == "order")
