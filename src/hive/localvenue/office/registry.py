"""What accounts are to each other and to the venue: whose agent, sub-account, vault, builder."""

from __future__ import annotations

from collections.abc import Callable

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.agents import Agents
from hive.localvenue.office.multi_sigs import MultiSigs
from hive.localvenue.office.profiles import Profiles
from hive.localvenue.office.referrals import Referrals
from hive.localvenue.office.staking import Stakes
from hive.localvenue.office.sub_accounts import SubAccounts
from hive.localvenue.office.vaults import Vaults
from hive.localvenue.orders.builder_approvals import BuilderApprovals


class Registry:
    """All of it, each kind by itself."""

    def __init__(
        self,
        rules: AccountRules,
        *,
        is_account: Callable[[Address], bool],
        forget_nonces: Callable[[Address], None],
    ) -> None:
        self.rules = rules
        self.agents = Agents(rules, forget_nonces)
        self.sub_accounts = SubAccounts(rules)
        self.vaults = Vaults()
        self.multi_sigs = MultiSigs(is_account)
        self.builders = BuilderApprovals(rules.builders_max)
        self.referrals = Referrals(rules)
        self.stakes = Stakes(rules)
        self.profiles = Profiles()
