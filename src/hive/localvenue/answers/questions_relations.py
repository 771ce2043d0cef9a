"""Questions about what an account is: agents, sub-accounts, builders, referrals, modes, signers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.answers.question_forms import Found, Json, Moment, Question
from hive.localvenue.engine import Engine
from hive.localvenue.units import USD, usd_text
from hive.localvenue.views import account as views_account
from hive.localvenue.views import spot as views_spot


class RelationQuestions:
    """Answers from the registry."""

    def __init__(self, engine: Engine) -> None:
        self._market = engine.market
        self._house = engine.house
        self._office = engine.office
        self._registry = engine.office.registry
        self._executor = engine.executor
        self.by_type: dict[str, Question] = {
            "userRole": self._role,
            "extraAgents": self._extra_agents,
            "subAccounts": self._sub_accounts,
            "subAccounts2": self._sub_accounts_by_dex,
            "referral": self._referral,
            "maxBuilderFee": self._builder_fee,
            "approvedBuilders": self._builders,
            "userAbstraction": self._abstraction,
            "userDexAbstraction": self._dex_abstraction,
            "userToMultiSigSigners": self._signers,
            "isVip": self._is_vip,
            "legalCheck": self._legal,
            "preTransferCheck": self._before_transfer,
        }

    def _account(self, user: Address) -> Account | None:
        account = self._house.accounts.get(user)
        return None if account is None or account.is_participant else account

    # --- relations ---

    def _role(self, request: Json, moment: Moment) -> Found:
        """An agent's address is one even if it has money of its own."""
        user = Address(request["user"])
        master = self._registry.agents.account_of(user, moment.now_ms)
        if master is not None:
            return Found({"role": "agent", "data": {"user": master}})
        sub = self._registry.sub_accounts.of_address(user)
        if sub is not None:
            return Found({"role": "subAccount", "data": {"master": sub.master}})
        if self._registry.vaults.of_address(user) is not None:
            return Found({"role": "vault"})
        return Found({"role": "missing" if self._account(user) is None else "user"})

    def _extra_agents(self, request: Json, moment: Moment) -> Found:
        """Named ones; the one without a name is not listed (venue.md 5)."""
        agents = self._registry.agents
        return Found(
            [
                {"name": each.name, "address": each.address, "validUntil": each.valid_until_ms}
                for each in agents.of_account(Address(request["user"]))
                if each.name and agents.account_of(each.address, moment.now_ms) is not None
            ]
        )

    def _sub_accounts(self, request: Json, moment: Moment) -> Found:
        def state(account: Account) -> Json:
            return {"clearinghouseState": self._state(account, "", moment)}

        return self._subs(request, state)

    def _sub_accounts_by_dex(self, request: Json, moment: Moment) -> Found:
        def states(account: Account) -> Json:
            rows = [[name, self._state(account, name, moment)] for name in account.margins]
            return {"dexToClearinghouseState": rows}

        return self._subs(request, states)

    def _subs(self, request: Json, perps: Callable[[Account], Json]) -> Found:
        """null for who has none."""
        tokens = self._market.catalog.tokens
        rows = []
        for sub in self._registry.sub_accounts.of_master(Address(request["user"])):
            account = self._house.accounts[sub.address]
            rows.append(
                {
                    "name": sub.name,
                    "subAccountUser": sub.address,
                    "master": sub.master,
                    **perps(account),
                    "spotState": views_spot.spot_state(account, tokens, self._market.prices.mark),
                }
            )
        return Found(rows or None)

    def _state(self, account: Account, dex: str, moment: Moment) -> Json:
        mark_of = self._market.prices.mark
        return views_account.clearinghouse_state(account, mark_of, moment.now_ms, dex)

    # --- builders and referrals ---

    def _builder_fee(self, request: Json, _moment: Moment) -> Found:
        user, builder = Address(request["user"]), Address(request["builder"])
        return Found(self._registry.builders.tenths(user, builder))

    def _builders(self, request: Json, _moment: Moment) -> Found:
        return Found(self._registry.builders.builders(Address(request["user"])))

    def _referral(self, request: Json, _moment: Moment) -> Found:
        user = Address(request["user"])
        referrals = self._registry.referrals
        referred = referrals.referred(user)
        rewards = {
            "cumVlm": usd_text(self._volume_usd(user)),
            "unclaimedRewards": usd_text(referrals.unclaimed_usd(user)),
            "claimedRewards": usd_text(referrals.claimed_usd(user)),
            "builderRewards": usd_text(referrals.unclaimed_usd(user)),
        }
        by_whom = referred and {"referrer": referred.referrer, "code": referred.code}
        return Found(
            {
                "referredBy": by_whom,
                **rewards,
                "referrerState": self._referrer_state(user),
                "rewardHistory": [],
                "tokenToState": [[0, rewards]],
            }
        )

    def _referrer_state(self, user: Address) -> Json:
        referrals = self._registry.referrals
        code = referrals.code_of(user)
        missing_usd = self._registry.rules.referral_volume_usd * USD - self._volume_usd(user)
        if code is None and missing_usd > 0:
            return {"stage": "needToTrade", "data": {"required": usd_text(missing_usd)}}
        if code is None:
            return {"stage": "needToCreateCode"}
        states = [
            {
                "cumVlm": usd_text(self._volume_usd(row.user)),
                "cumRewardedFeesSinceReferred": "0.0",
                "cumFeesRewardedToReferrer": "0.0",
                "timeJoined": row.joined_ms,
                "user": row.user,
                "tokenToState": [],
            }
            for row in referrals.came_through(user)
        ]
        data = {"code": code, "nReferrals": len(states), "referralStates": states}
        return {"stage": "ready", "data": data}

    def _volume_usd(self, user: Address) -> int:
        account = self._account(user)
        return 0 if account is None else account.volume_usd

    # --- modes ---

    def _abstraction(self, request: Json, _moment: Moment) -> Found:
        return Found(self._registry.profiles.of(Address(request["user"])).abstraction)

    def _dex_abstraction(self, request: Json, _moment: Moment) -> Found:
        return Found(self._registry.profiles.of(Address(request["user"])).is_dex_abstracted)

    def _signers(self, request: Json, _moment: Moment) -> Found:
        """null of an ordinary account."""
        return Found(self._registry.multi_sigs.of(Address(request["user"])))

    def _is_vip(self, request: Json, _moment: Moment) -> Found:
        return Found(None if self._account(Address(request["user"])) is None else False)

    def _legal(self, _request: Json, _moment: Moment) -> Found:
        return Found({"ipAllowed": True, "acceptedTerms": True, "userAllowed": True})

    def _before_transfer(self, request: Json, _moment: Moment) -> Found:
        user = Address(request["user"])
        answer: dict[str, Any] = {
            "fee": usd_text(self._office.transfers.fee_usd_to(user)),
            "isSanctioned": False,
            "userExists": user in self._house.accounts,
            "userHasSentTx": self._executor.requests_of(user) > 0,
        }
        return Found(answer)
