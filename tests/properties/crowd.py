"""Fifty accounts that do by chance everything the venue offers, straight at the engine.

What they do is a table (`crowd_deeds`). Prices go up and down by some per cent within a minute, so
that margin refuses, triggers trigger and accounts are liquidated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, catalog

from hive.domain.identifiers import Address
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.user_actions import UserAction
from hive.localvenue.accounts.account import Account
from hive.localvenue.actions.ingress import TurnedAway, read_action
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.margin.requirements import equity_usd
from hive.localvenue.markets.scripted import ScriptedCoin, ScriptedMarkets, wave
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.units import usd_of
from hive.serving.port import ExchangeRequest, Reply, SignatureHex

ACCOUNTS: Final = 50
PERPS: Final = ("BTC", "SOL", "kPEPE")
BUILDER_PERPS: Final = ("xyz:TSLA", "xyz:GOLD")
PAIRS: Final = ("PURR/USDC", "@107")
BLOCK_MS: Final = 500
FUNDED_USD: Final = usd_of(Decimal(1_500))
TOKENS: Final = {"USDC": 10**11, "PURR": 10**9, "HYPE": 10**9}
"""What each account has of each token at first, and when it is helped, in wei."""
RULES: Final = AccountRules(
    sub_account_volume_usd=0, vault_creation_fee_usd=7, vault_lockup_ms=0, unstaking_ms=5_000
)
SUBS_MAX: Final = 3
VAULTS_MAX: Final = 8

Json = dict[str, Any]
T = TypeVar("T")


class Doing(NamedTuple):
    """One kind of thing that accounts do."""

    weight: int
    action: Callable[[Crowd, Account], Json | None]
    """None when the account has nothing to do it with."""


class Crowd:
    """The accounts, their venue, and how often each kind of deed was answered how."""

    def __init__(self, seed: int, doings: Mapping[str, Doing]) -> None:
        self.rng = Random(seed)
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.doings = doings
        coins = (*PERPS, *BUILDER_PERPS, *PAIRS)
        self.listings = [_listing(coin) for coin in coins]
        config = VenueConfig(
            start_ms=START_MS,
            seed=seed,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            accounts=RULES,
            scheduled_cancels=ScheduledCancelRules(volume_usd_min=0),
            limits=VenueLimits(requests_initial=10**9, unified_actions_per_day=10**9),
        )
        markets = ScriptedMarkets([_stormy(each) for each in self.listings], step_ms=BLOCK_MS)
        self.engine = Engine(config, markets, catalog())
        self.office = self.engine.office
        self.now_ms = self.nonce = START_MS
        self.names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        self.credited_usd = 0
        self.credited_wei: Counter[str] = Counter()
        for name in self.names:
            self._credit(name)
        for name in self.names[::3]:
            self._unify(name)

    def _unify(self, name: Address) -> None:
        """Every third trades on one balance, before anybody has a position."""
        self.nonce += 1
        fields = {"user": name, "abstraction": "unifiedAccount", "nonce": self.nonce}
        chain = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}
        action = {"type": "userSetAbstraction", **chain, **fields}
        self._submit("choose a mode", name, self.engine.house.accounts[name], action)

    def act(self) -> None:
        """One deed of somebody, waiting for the next block; nothing if there is nothing to do."""
        user = self.one_of(self.names)
        kinds = list(self.doings)
        weights = [doing.weight for doing in self.doings.values()]
        kind = self.rng.choices(kinds, weights)[0]
        self.nonce += 1
        account = self.acting_for(user, kind)
        action = self.doings[kind].action(self, account)
        if action is not None and self._is_offered(action):
            self._submit(kind, user, account, action)

    def acting_for(self, user: Address, kind: str) -> Account:
        """Traders also act for their sub-accounts and vaults."""
        accounts = self.engine.house.accounts
        if not kind.startswith("trade"):
            return accounts[user]
        led = [each.address for each in self.vaults_of(user)]
        return accounts[self.one_of([user, user, *self.subs_of(user), *led])]

    def make_block(self) -> None:
        self.now_ms += BLOCK_MS
        self.nonce = max(self.nonce, self.now_ms)
        for answer, reply in self.engine.make_block(self.now_ms):
            answer(reply)

    def help_the_ruined(self) -> None:
        """Pay in again, so that everybody goes on trading."""
        for name in self.names:
            account = self.engine.house.accounts[name]
            if equity_usd(account, self.mark_of) < FUNDED_USD:
                self._credit(name)

    # --- for deeds ---

    def mark_of(self, coin: str) -> int:
        return self.engine.market.prices.mark(coin)

    def one_of(self, things: list[T]) -> T:
        return things[int(self.rng.random() * len(things))]

    def listing(self) -> Listing:
        return self.one_of(self.listings)

    def perp(self) -> Listing:
        return self.one_of([each for each in self.listings if each.pair is None])

    def other(self, user: Address) -> Address:
        """Anybody, now and then a stranger."""
        return self.one_of([*self.names, user, Address(f"0x{self.rng.randrange(2**160):040x}")])

    def subs_of(self, user: Address) -> list[Address]:
        return [sub.address for sub in self.office.registry.sub_accounts.of_master(user)]

    def vaults_of(self, user: Address) -> list[Any]:
        led = self.office.registry.vaults.led_by(user)
        return [vault for vault in led if not vault.is_closed]

    def _credit(self, name: Address) -> None:
        for dex in ("", "xyz"):
            self.engine.credit(name, FUNDED_USD, dex)
            self.credited_usd += FUNDED_USD
        for token_name, wei in TOKENS.items():
            token = catalog().tokens.of_name(token_name)
            assert token is not None
            self.office.credit_token(name, token, wei)
            self.credited_wei[token_name] += wei

    def _is_offered(self, action: Json) -> bool:
        request = ExchangeRequest(
            action=action,
            nonce=self.nonce,
            signature=SignatureHex("0x1", "0x1", 27),
            vault_address=None,
            expires_after=None,
        )
        return not isinstance(read_action(request), TurnedAway)

    def _submit(self, kind: str, user: Address, account: Account, action: Json) -> None:
        parsed = parse_action(action)
        submission = Submission(
            action=parsed,
            signer=user,
            is_user_signed=isinstance(parsed, UserAction),
            nonce=self.nonce,
            expires_after=None,
            answer=partial(self._answered, kind),
            vault=None if account.address == user else account.address,
        )
        self.engine.submit(submission, self.now_ms)

    def _answered(self, kind: str, reply: Reply) -> None:
        answer = msgspec.json.decode(reply.body)
        is_accepted = answer["status"] == "ok" and b'"error"' not in reply.body
        (self.accepted if is_accepted else self.refused)[kind] += 1


def _listing(coin: str) -> Listing:
    listing = catalog().of_coin(coin)
    assert listing is not None, coin
    return listing


def _stormy(listing: Listing) -> ScriptedCoin:
    """A price that goes up and down by a few per cent within a minute."""
    px = float(listing.recorded["markPx"])
    path = wave(low_px=px * 0.97, high_px=px * 1.03, half_ms=30_000, halves=10_000)
    return ScriptedCoin(coin=listing.coin, path=path, levels=3)
