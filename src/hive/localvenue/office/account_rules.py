"""What accounts may do: gates, fees and spans, each with the source of its default.

AGT is a signed test-network run of September 2026, D the official documentation of that year
(venue.md). Sums are whole USD, spans milliseconds.
"""

from __future__ import annotations

from typing import Final

import msgspec

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


class AccountRules(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about accounts that can be chosen."""

    # agents (venue.md 5)
    agents_named_max: int = 3
    agents_per_sub_account: int = 2
    """Named agents that each sub-account adds."""
    agent_valid_ms: int = 90 * DAY_MS
    agent_valid_ms_max: int = 180 * DAY_MS
    agent_removal_ms: int = 5_000
    """After a removal or replacement, no other approval for so long (AGT: under 5 s)."""
    agent_grace_ms: int = HOUR_MS
    """How long an expired agent is still taken (AGT: a quarter of an hour at least)."""
    # sub-accounts (venue.md 5, D)
    sub_account_volume_usd: int = 100_000
    """Traded before the first one; 0 lets anybody."""
    sub_accounts_initial: int = 10
    sub_accounts_max: int = 50
    volume_usd_per_sub_account: int = 100_000_000
    """One more than the initial ones for each so much traded."""
    # transfers (protocol.md 2.10, D)
    withdrawal_fee_usd: int = 1
    activation_fee_usd: int = 1
    """What the first transfer to an address costs whoever sends it."""
    # vaults: all of these from the documentation
    vault_initial_usd_min: int = 100
    vault_creation_fee_usd: int = 10_000
    """Documented for 2026; it was 100 before. Nobody has measured it."""
    vault_deposit_usd_min: int = 5
    vault_distribution_usd_min: int = 10
    vault_lockup_ms: int = DAY_MS
    """After a deposit, nothing can be withdrawn for so long."""
    vault_commission_bps: int = 1_000
    """The leader's part of a follower's profit."""
    vault_leader_bps_min: int = 500
    """The part of the vault that the leader must keep."""
    # referrals and builders: from the documentation
    referral_volume_usd: int = 10_000
    """Traded before an account may have a referral code."""
    builders_max: int = 10
    """Approved builders of one account."""
    # staking: from the documentation
    delegation_lockup_ms: int = DAY_MS
    unstaking_ms: int = 7 * DAY_MS
    unstakings_max: int = 5
    """Withdrawals from staking that one account may have under way."""
