"""Rewards: what builders earn waits until they claim it."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.referrals import Referrals

BUILDER = Address("0x" + "b1" * 20)
OTHER = Address("0x" + "b2" * 20)


def test_what_waits_is_claimed_at_once_and_only_once() -> None:
    referrals = Referrals(AccountRules())
    referrals.reward(BUILDER, 5)
    referrals.reward(BUILDER, 7)
    referrals.reward(OTHER, 1)
    assert (referrals.unclaimed_usd(BUILDER), referrals.waiting_usd) == (12, 13)
    assert referrals.claim(BUILDER) == 12
    assert referrals.claim(BUILDER) == 0
    assert (referrals.claimed_usd(BUILDER), referrals.waiting_usd) == (12, 1)
