"""Whatever a crowd does with its money: sides, sub-accounts, vaults, the bridge and the fees
together always hold what was paid in, to the last wei."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, StillMarkets, catalog

from hive.domain.identifiers import Address
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.user_actions import UserAction
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.units import usd_of

ACCOUNTS: Final = 20
FUNDED_USD: Final = usd_of(Decimal(5_000))
TOKENS: Final = {"USDC": 10**11, "PURR": 10**8, "HYPE": 10**9}
"""What each account has of each token at first, in wei."""
ACTIONS_BY_TIER: Final = {"default": 2_000, "full": 30_000, "soak": 300_000}
BLOCK_MS: Final = 500
RULES: Final = AccountRules(
    sub_account_volume_usd=0, vault_creation_fee_usd=7, vault_lockup_ms=0, unstaking_ms=5_000
)
CHAIN: Final = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}


class Crowd:
    """Accounts that move money by chance, straight at the engine."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        config = VenueConfig(
            start_ms=START_MS,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            accounts=RULES,
            limits=VenueLimits(requests_initial=10**9),
        )
        self.engine = Engine(config, StillMarkets(), catalog())
        self.office = self.engine.office
        self.now_ms = self.nonce = START_MS
        self.names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        self.tokens = {name: catalog().tokens.of_name(name) for name in TOKENS}
        for user in self.names:
            self.engine.credit(user, FUNDED_USD)
            for name, wei in TOKENS.items():
                token = self.tokens[name]
                assert token is not None
                self.office.credit_token(user, token, wei)

    def act(self) -> None:
        self.nonce += 1
        user = self.rng.choice(self.names)
        action = parse_action(self._action(user))
        submission = Submission(
            action=action,
            signer=user,
            is_user_signed=isinstance(action, UserAction),
            nonce=self.nonce,
            expires_after=None,
            answer=lambda _: None,
            vault=self._vault_of(user) if action.__struct_config__.tag == "order" else None,
        )
        self.engine.submit(submission, self.now_ms)

    def make_block(self) -> None:
        self.now_ms += BLOCK_MS
        self.nonce = max(self.nonce, self.now_ms)
        self.engine.make_block(self.now_ms)

    def _vault_of(self, user: Address) -> Address | None:
        led = self.office.registry.vaults.led_by(user)
        open_ones = [vault.address for vault in led if not vault.is_closed]
        return self.rng.choice([None, *open_ones])

    def _action(self, user: Address) -> dict[str, Any]:
        dice = self.rng.random()
        if dice < 0.35:
            return self._order()
        if dice < 0.65:
            return self._transfer(user)
        return self._within(user)

    def _order(self) -> dict[str, Any]:
        px = self.rng.choice([79_900, 79_950, 80_000, 80_050, 80_100])
        order = {
            "a": 0,
            "b": self.rng.random() < 0.5,
            "p": str(px),
            "s": f"0.{self.rng.randint(1, 50):03d}",
            "r": False,
            "t": {"limit": {"tif": "Gtc"}},
        }
        return {"type": "order", "orders": [order], "grouping": "na"}

    def _transfer(self, user: Address) -> dict[str, Any]:
        """What users sign."""
        other = self.rng.choice([*self.names, user, f"0x{self.rng.randrange(2**160):040x}"])
        amount = f"{self.rng.lognormvariate(4, 2):.6f}"
        token = self.tokens[self.rng.choice(list(TOKENS))]
        assert token is not None
        fields: list[dict[str, Any]] = [
            {"type": "usdSend", "destination": other, "amount": amount},
            {"type": "withdraw3", "destination": user, "amount": amount},
            {"type": "usdClassTransfer", "amount": amount, "toPerp": self.rng.random() < 0.5},
            {
                "type": "spotSend",
                "destination": other,
                "token": token.wire_name,
                "amount": token.text(self.rng.randrange(10**8)),
            },
            {
                "type": "sendAsset",
                "destination": other,
                "sourceDex": self.rng.choice(["", "spot", "xyz"]),
                "destinationDex": self.rng.choice(["", "spot", "xyz"]),
                "token": token.wire_name,
                "amount": amount[:-2],
                "fromSubAccount": self.rng.choice(["", *self._subs(user)]),
            },
            {"type": "cDeposit", "wei": self.rng.randrange(1, 10**8)},
            {"type": "cWithdraw", "wei": self.rng.randrange(1, 10**8)},
            self._mode(user),
        ]
        action = self.rng.choice(fields)
        is_timed = action["type"] in ("usdSend", "spotSend", "withdraw3")
        return {**action, **CHAIN, "time" if is_timed else "nonce": self.nonce}

    def _mode(self, user: Address) -> dict[str, Any]:
        mode = self.rng.choice(["unifiedAccount", "disabled"])
        whose = self.rng.choice([user, *self._subs(user)])
        return {"type": "userSetAbstraction", "user": whose, "abstraction": mode}

    def _within(self, user: Address) -> dict[str, Any]:
        """Sub-accounts and vaults."""
        subs = self._subs(user)
        vaults = [vault.address for vault in self.office.registry.vaults.all()]
        usd = self.rng.randrange(1, 10**9)
        is_in = self.rng.random() < 0.5
        actions: list[dict[str, Any]] = [{"type": "createSubAccount", "name": "sub"}]
        if len(vaults) < 10:
            actions.append(
                {
                    "type": "createVault",
                    "name": "vault",
                    "description": "a vault of many",
                    "initialUsd": 10**8 + usd // 10,
                    "nonce": self.nonce,
                }
            )
        if subs:
            sub = {"subAccountUser": self.rng.choice(subs), "isDeposit": is_in}
            spot = {
                "token": "USDC:0x6d1e7cde53ba9467b783cb7c530ce054",
                "amount": f"{usd / 1e6:.8f}",
            }
            actions.append({"type": "subAccountTransfer", **sub, "usd": usd})
            actions.append({"type": "subAccountSpotTransfer", **sub, **spot})
        if vaults:
            vault = {"vaultAddress": self.rng.choice(vaults)}
            transfer = {"type": "vaultTransfer", **vault, "isDeposit": is_in, "usd": usd}
            actions += [transfer] * 3
            part = 0 if self.rng.random() < 0.05 else usd
            actions.append({"type": "vaultDistribute", **vault, "usd": part})
        return self.rng.choice(actions)

    def _subs(self, user: Address) -> list[Address]:
        return [sub.address for sub in self.office.registry.sub_accounts.of_master(user)]


def check(crowd: Crowd) -> None:
    """What must hold between any two blocks."""
    engine, office = crowd.engine, crowd.office
    accounts = list(engine.house.accounts.values())
    paid_in_usd = sum(account.paid_in_usd for account in accounts)
    cash_usd = sum(account.cash_usd for account in accounts)
    residue_usd = engine.clock.funding_residue_usd
    assert cash_usd == paid_in_usd - engine.house.fees_usd - residue_usd, "only trading costs cash"
    for name, first_wei in TOKENS.items():
        token = crowd.tokens[name]
        assert token is not None
        held = sum(account.spot.total(token.index) for account in accounts)
        held += office.cash.fees_wei.get(token.index, 0)
        expected = first_wei * ACCOUNTS
        if token.index == USDC:
            held += (paid_in_usd + office.cash.withdrawn_usd) * WEI_PER_USD_UNIT
            expected += FUNDED_USD * WEI_PER_USD_UNIT * ACCOUNTS
        elif name == "HYPE":
            held += office.registry.stakes.total_wei
        assert held == expected, name
    for vault in office.registry.vaults.all():
        shares = [follower.shares for follower in vault.followers.values()]
        assert sum(shares) == vault.shares
        assert all(each > 0 for each in shares)


@pytest.mark.parametrize("seed", [3, 4])
def test_nothing_is_made_and_nothing_is_lost(seed: int, tier: str) -> None:
    crowd = Crowd(seed)
    done = 0
    while done < ACTIONS_BY_TIER[tier] // 2:
        for _ in range(10):
            crowd.act()
            done += 1
        crowd.make_block()
        check(crowd)
    office = crowd.office
    # The world was worth looking at: money went all ways.
    assert any(account.is_unified for account in crowd.engine.house.accounts.values())
    assert office.cash.withdrawn_usd > 0
    assert office.cash.fees_wei[USDC] > 0
    assert office.registry.vaults.all()
    assert crowd.engine.archive.count > 0
    kinds = {
        row.delta["type"]
        for user in crowd.engine.house.accounts
        for row in office.ledger.updates.latest(user, 10_000)
    }
    assert kinds >= {
        "deposit",
        "withdraw",
        "internalTransfer",
        "accountClassTransfer",
        "spotTransfer",
        "send",
        "subAccountTransfer",
        "vaultCreate",
        "vaultDeposit",
        "vaultWithdraw",
        "cStakingTransfer",
    }
