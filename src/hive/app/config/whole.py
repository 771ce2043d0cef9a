"""A configuration whole: what is written in a file, checked together, as the runtime takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, TypeVar

import msgspec

from hive.app.config.blocks import FindStrategy, StrategyEntry, strategy_entries
from hive.app.config.coin_names import CoinNamed, coins_of_limits
from hive.app.config.faults import Fault, Place, refusal
from hive.app.config.networks import URL_BY_MODE, refuse_wrong_network
from hive.app.config.reader import Reader
from hive.app.config.sections import (
    MAIN,
    AccountSettings,
    FileSettings,
    FurtherAccountSettings,
    GuardianSettings,
    Mode,
    MonitoringSettings,
    MultiplexerSettings,
    RateSettings,
    RiskSettings,
    RuntimeSettings,
)
from hive.app.config.tree import Node, Unreadable, parse_tree
from hive.connection.rate_budget import IpBudget
from hive.domain.identifiers import parse_address
from hive.hyperliquid.limits import INFO_WEIGHT_MAX, VenueLimits


class HiveConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a person can decide about a run."""

    account: AccountSettings
    strategies: tuple[StrategyEntry, ...]
    accounts: tuple[FurtherAccountSettings, ...] = ()
    """Beside `account`, whose name is `MAIN`."""
    mode: Mode = "paper"
    runtime: RuntimeSettings = RuntimeSettings()
    multiplexer: MultiplexerSettings = MultiplexerSettings()
    rate_limiting: RateSettings = RateSettings()
    risk: RiskSettings = RiskSettings()
    guardian: GuardianSettings | None = None
    monitoring: MonitoringSettings = MonitoringSettings()
    coins_limited: tuple[CoinNamed, ...] = ()
    """Those that the account's limits name."""

    @property
    def venue_url(self) -> str:
        """Where we trade, without a slash at the end."""
        return (self.account.url or URL_BY_MODE[self.mode]).rstrip("/")


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that name what lies outside of the file."""

    state_dir: str
    accounts: dict[str, AccountSettings | FurtherAccountSettings]
    """Those that can be read and are traded, by the path of each."""


Look = Callable[[Outside], Iterable[tuple[str, str]]]
"""Finds what is wrong there: the path of a setting, and a message."""


def nothing_outside(_: Outside) -> Iterable[tuple[str, str]]:
    """Look at nothing."""
    return ()


def read_config(
    text: str, file: str, find_strategy: FindStrategy, look: Look = nothing_outside
) -> HiveConfig:
    """The configuration in `text`; faults name `file`. Paths stay as they are written.

    Raises:
        ConfigRefused: it cannot be used; each line of the message is a fault with its place.
        NotOffered: nothing is wrong with it but settings whose work comes later.
    """
    reader = Reader()
    values = reader.fields(root_of(text, file), FileSettings, "")
    runtime: RuntimeSettings = values.get("runtime", RuntimeSettings())
    rates: RateSettings = values.get("rate_limiting", RateSettings())
    entries: tuple[StrategyEntry, ...] = ()
    if "strategies" in values:
        entries = strategy_entries(
            values["strategies"],
            reader,
            find_strategy,
            account_names=_account_names(values.get("accounts", ()), reader),
            strategies_max=runtime.max_strategies,
            orders_per_second_max=rates.per_strategy_orders_per_second,
        )
    _check_rates(rates, reader)
    account: AccountSettings | None = values.get("account")
    if account:
        refuse_wrong_network(account, values.get("mode", "paper"), reader)
    risk: RiskSettings = values.get("risk", RiskSettings())
    if risk.capital_usd is not None:
        reader.fault_at("risk.capital_usd", "is a strategy's slice: give it below a strategy")
    coins_limited = tuple(coins_of_limits(risk, "risk", reader))
    outside = Outside(state_dir=runtime.state_dir, accounts=_traded(values, entries))
    for path, message in look(outside):
        reader.fault_at(path, message)
    if reader.faults:
        raise refusal(reader.faults)
    settings = FileSettings(**values)
    return HiveConfig(
        account=_with_canonical_address(settings.account),
        strategies=entries,
        accounts=tuple(map(_with_canonical_address, settings.accounts)),
        mode=settings.mode,
        runtime=settings.runtime,
        multiplexer=settings.multiplexer,
        rate_limiting=settings.rate_limiting,
        risk=settings.risk,
        guardian=settings.guardian,
        monitoring=settings.monitoring,
        coins_limited=coins_limited,
    )


def root_of(text: str, file: str) -> Node:
    """The tree that `text` is.

    Raises:
        ConfigRefused: it is none, or empty.
    """
    try:
        root = parse_tree(text, file)
    except Unreadable as error:
        raise refusal([error.fault]) from None
    if root is None:
        raise refusal([Fault(Place(file, 1, 1), "", "the file is empty")])
    return root


def _account_names(accounts: tuple[FurtherAccountSettings, ...], reader: Reader) -> list[str]:
    names = [MAIN]
    for index, account in enumerate(accounts):
        if account.name in names:
            message = f"{account.name} is the name of another account"
            reader.fault_at(f"accounts[{index}].name", message)
        names.append(account.name)
    return names


def _traded(
    values: Mapping[str, Any], entries: tuple[StrategyEntry, ...]
) -> dict[str, AccountSettings | FurtherAccountSettings]:
    """The first account, and of the others those that a strategy trades, by their paths."""
    names = {entry.account for entry in entries}
    traded: dict[str, AccountSettings | FurtherAccountSettings] = {}
    if "account" in values:
        traded["account"] = values["account"]
    for index, account in enumerate(values.get("accounts", ())):
        if account.name in names:
            traded[f"accounts[{index}]"] = account
    return traded


def _check_rates(rates: RateSettings, reader: Reader) -> None:
    """See that what is not reserved is enough for the heaviest question that a start asks."""

    def ordinary(weight: int) -> int:
        limits = VenueLimits(weight_per_min=weight)
        return IpBudget(limits, reserve_share=rates.reserve_for_cancels).weight.ordinary_cap

    if ordinary(rates.ip_weight_per_min) >= INFO_WEIGHT_MAX:
        return
    least = next(weight for weight in count(INFO_WEIGHT_MAX) if ordinary(weight) >= INFO_WEIGHT_MAX)
    reader.fault_at(
        "rate_limiting.ip_weight_per_min",
        f"expected at least {least} with reserve_for_cancels {rates.reserve_for_cancels:g}:"
        f" a start asks a question that weighs {INFO_WEIGHT_MAX}",
    )


A = TypeVar("A", AccountSettings, FurtherAccountSettings)


def _with_canonical_address(account: A) -> A:
    if account.address is None:
        return account
    return msgspec.structs.replace(account, address=parse_address(account.address))
