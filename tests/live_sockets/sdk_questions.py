"""Every question that the official SDK knows, asked: each is answered in the form it promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.live_sockets.sdk_account import User, only_status

DAY_MS = 86_400_000

Question = Callable[[Any, str, int], Any]
"""What is asked, given the SDK's `Info`, the user's address and when the question begins."""

QUESTIONS: dict[str, tuple[Question, type]] = {
    "user_state": (lambda info, user, _: info.user_state(user), dict),
    "spot_user_state": (lambda info, user, _: info.spot_user_state(user), dict),
    "open_orders": (lambda info, user, _: info.open_orders(user), list),
    "frontend_open_orders": (lambda info, user, _: info.frontend_open_orders(user), list),
    "all_mids": (lambda info, *_: info.all_mids(), dict),
    "user_fills": (lambda info, user, _: info.user_fills(user), list),
    "user_fills_by_time": (lambda info, user, ms: info.user_fills_by_time(user, ms), list),
    "meta": (lambda info, *_: info.meta(), dict),
    "meta_and_asset_ctxs": (lambda info, *_: info.meta_and_asset_ctxs(), list),
    "perp_dexs": (lambda info, *_: info.perp_dexs(), list),
    "spot_meta": (lambda info, *_: info.spot_meta(), dict),
    "spot_meta_and_asset_ctxs": (lambda info, *_: info.spot_meta_and_asset_ctxs(), list),
    "funding_history": (lambda info, _, ms: info.funding_history("ETH", ms), list),
    "user_funding_history": (lambda info, user, ms: info.user_funding_history(user, ms), list),
    "l2_snapshot": (lambda info, *_: info.l2_snapshot("ETH"), dict),
    "candles_snapshot": (
        lambda info, _, ms: info.candles_snapshot("ETH", "1h", ms, ms + DAY_MS),
        list,
    ),
    "user_fees": (lambda info, user, _: info.user_fees(user), dict),
    "user_staking_summary": (lambda info, user, _: info.user_staking_summary(user), dict),
    "user_staking_delegations": (lambda info, user, _: info.user_staking_delegations(user), list),
    "user_staking_rewards": (lambda info, user, _: info.user_staking_rewards(user), list),
    "delegator_history": (lambda info, user, _: info.delegator_history(user), list),
    "query_referral_state": (lambda info, user, _: info.query_referral_state(user), dict),
    "query_perp_deploy_auction_status": (
        lambda info, *_: info.query_perp_deploy_auction_status(),
        dict,
    ),
    "query_user_abstraction_state": (
        lambda info, user, _: info.query_user_abstraction_state(user),
        str,
    ),
    "historical_orders": (lambda info, user, _: info.historical_orders(user), list),
    "user_non_funding_ledger_updates": (
        lambda info, user, ms: info.user_non_funding_ledger_updates(user, ms),
        list,
    ),
    "portfolio": (lambda info, user, _: info.portfolio(user), list),
    "user_twap_slice_fills": (lambda info, user, _: info.user_twap_slice_fills(user), list),
    "user_vault_equities": (lambda info, user, _: info.user_vault_equities(user), list),
    "user_role": (lambda info, user, _: info.user_role(user), dict),
    "user_rate_limit": (lambda info, user, _: info.user_rate_limit(user), dict),
    "query_spot_deploy_auction_status": (
        lambda info, user, _: info.query_spot_deploy_auction_status(user),
        dict,
    ),
    "extra_agents": (lambda info, user, _: info.extra_agents(user), list),
}


def asks_everything(user: User) -> None:
    """Of an account that has traded."""
    only_status(user.exchange.market_open("ETH", True, 0.02))
    since_ms = user.info.user_fills(user.address)[0]["time"] - DAY_MS
    faults: dict[str, str] = {}
    for name, (question, form) in QUESTIONS.items():
        try:
            answer = question(user.info, user.address, since_ms)
        except Exception as error:  # noqa: BLE001 (each question is tried)
            faults[name] = str(error)[:120]
        else:
            if not isinstance(answer, form):
                faults[name] = f"{answer}"[:120]
    assert faults == {}, faults
