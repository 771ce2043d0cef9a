"""What a runtime is built from, in its own words: no file, no environment, no key in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from hive.app.config.blocks import StrategyEntry
from hive.app.config.coin_names import EVERY_COIN, CoinNamed
from hive.app.config.load import HiveConfig
from hive.app.config.private_key import read_private_key
from hive.app.config.sections import (
    MAIN,
    AccountSettings,
    BuilderSettings,
    FurtherAccountSettings,
    RiskSettings,
)
from hive.domain.errors import ConfigRefused, KeyRefused
from hive.domain.identifiers import Address, StrategyId, parse_address
from hive.domain.leverage import LeverageWish
from hive.domain.order_options import BuilderFee
from hive.domain.switches import STRENGTH_BY_WORD, Strength
from hive.execution.orders.dispatch import DEFAULT_LIMITS, DispatchLimits
from hive.execution.queue.lane import NORMAL_PRIORITY
from hive.execution.risk_controls.leverage_rule import LeverageRule
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.portfolio.limits import NO_LIMITS, NO_LOSS_LIMITS, LossLimits, RiskLimits
from hive.strategy.interface import Strategy
from hive.strategy.limits import HostLimits


class StrategyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy to run, its share of the desk and its own limits."""

    strategy_id: StrategyId
    strategy: Strategy[Any]
    orders_per_second_max: float = 10.0
    builder: BuilderFee | None = None
    leverage: Mapping[str, LeverageWish] = MappingProxyType({})
    """By coin."""
    api_weight_per_minute_max: int | None = None
    priority_level: int = NORMAL_PRIORITY
    risk: RiskLimits = NO_LIMITS
    losses: LossLimits = NO_LOSS_LIMITS


class AccountPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One account and who trades on it. `address` None: the signer's own, or its master's."""

    signer: Signer
    strategies: tuple[StrategyPlan, ...]
    name: str = MAIN
    address: Address | None = None
    trade_for: Address | None = None
    """The sub-account or vault that is traded instead of the account itself."""
    read_signer: Callable[[], Signer] | None = None
    """Reads the key anew, for when it was replaced; None: it cannot be."""


class RuntimePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole runtime."""

    venue_url: str
    accounts: tuple[AccountPlan, ...]
    mode: str = "paper"
    is_mainnet: bool = False
    limits: VenueLimits = VenueLimits()
    reserve_share: float = 0.2
    is_adaptive: bool = True
    risk: RiskLimits = NO_LIMITS
    """Of each account."""
    losses: LossLimits = NO_LOSS_LIMITS
    flatten_slippage_pct: Decimal = Decimal(2)
    """How much worse than the mark a kill switch may close a position, per try."""
    dead_man_ms: int | None = None
    """The venue is to cancel everything so long after it last heard of us; None is never."""
    durability: Literal["kill", "power"] = "kill"
    cross_inside: bool = False
    """Opposite orders of one turn are matched inside."""
    memory: DispatchLimits = DEFAULT_LIMITS
    """How many orders and fills each account remembers."""
    host_limits: HostLimits = HostLimits()
    stale_after_ms: int | None = None
    """No stream that should move is trusted after so long a silence; None is learned."""
    coins_limited: tuple[CoinNamed, ...] = ()
    """Without one of these at the venue nothing starts: its limit would hold for nothing."""
    coins_traded: tuple[CoinNamed, ...] = ()
    """Who trades one that the venue does not list does not start, and the others do."""

    @property
    def needs_marks(self) -> bool:
        """Whether a limit has to know prices, also of coins that no strategy watches."""
        every = [strategy for account in self.accounts for strategy in account.strategies]
        limits = (self.risk, *(strategy.risk for strategy in every))
        losses = (self.losses, *(strategy.losses for strategy in every))
        return any(each.needs_marks for each in limits) or any(each.is_any for each in losses)


def plan_of(config: HiveConfig) -> RuntimePlan:
    """The plan that a configuration file makes.

    Raises:
        ConfigRefused: the private key cannot be read, or a strategy refuses its settings.
    """
    account, rates, runtime = config.account, config.rate_limiting, config.runtime
    limited = [*config.coins_limited]
    for entry in config.strategies:
        limited.extend(entry.coins_limited)
    return RuntimePlan(
        venue_url=config.venue_url,
        accounts=_accounts(config),
        mode=config.mode,
        is_mainnet=account.network == "mainnet",
        limits=VenueLimits(
            weight_per_min=rates.ip_weight_per_min,
            messages_per_min=rates.messages_per_min,
            connections_max=config.multiplexer.max_connections,
            subscriptions_held_max=config.multiplexer.max_subscriptions,
        ),
        reserve_share=rates.reserve_for_cancels,
        is_adaptive=rates.adaptive,
        risk=_limits(config.risk),
        losses=_loss_limits(config.risk, Strength.CANCEL),
        flatten_slippage_pct=config.risk.flatten_slippage_pct or Decimal(2),
        dead_man_ms=config.risk.dead_man_switch_s * 1_000 or None,
        durability=runtime.durability,
        cross_inside=runtime.cross_inside,
        host_limits=HostLimits(
            errors_max=runtime.max_errors,
            slow_handler_ms=runtime.slow_handler_ms,
            strategies_max=runtime.max_strategies,
        ),
        stale_after_ms=config.multiplexer.stale_after_ms,
        coins_limited=tuple(dict.fromkeys(limited)),
        coins_traded=tuple([entry.coin for entry in config.strategies if entry.coin]),
    )


def _accounts(config: HiveConfig) -> tuple[AccountPlan, ...]:
    """Every account that a strategy trades; a key is read once, whoever shares it."""
    on_breach = _loss_limits(config.risk, Strength.CANCEL).on_breach
    plans: list[AccountPlan] = []
    signer_by_source: dict[tuple[str | None, str | None], Signer] = {}
    accounts: list[tuple[str, AccountSettings | FurtherAccountSettings]] = [(MAIN, config.account)]
    accounts += [(account.name, account) for account in config.accounts]
    for name, account in accounts:
        entries = [entry for entry in config.strategies if entry.account == name]
        has_key = account.key_file is not None or account.key_env is not None
        holder = account if has_key else config.account
        source = (holder.key_file, holder.key_env)
        if not entries:
            continue
        if source not in signer_by_source:
            signer_by_source[source] = signer_of(holder)
        plans.append(
            AccountPlan(
                signer=signer_by_source[source],
                strategies=tuple(
                    [_strategy(entry, on_breach, config.account.builder) for entry in entries]
                ),
                name=name,
                address=Address(account.address) if account.address else None,
                trade_for=_trade_for(account.trade_for),
                read_signer=partial(signer_of, holder),
            )
        )
    for plan in plans:  # two that contradict each other are found before anything starts
        LeverageRule({each.strategy_id: each.leverage for each in plan.strategies})
    return tuple(plans)


def _strategy(
    entry: StrategyEntry, on_breach: Strength, usual: BuilderSettings | None
) -> StrategyPlan:
    return StrategyPlan(
        strategy_id=entry.id,
        strategy=entry.strategy(entry.params),
        orders_per_second_max=entry.orders_per_second_max,
        api_weight_per_minute_max=entry.quota.max_api_weight_per_minute,
        priority_level=entry.quota.priority_level,
        risk=_limits(entry.risk, entry.quota.max_open_orders),
        losses=_loss_limits(entry.risk, on_breach),
        builder=_builder(entry.builder or usual),
        leverage=entry.leverage,
    )


def _trade_for(text: str) -> Address | None:
    return None if text == "self" else parse_address(text.partition(":")[2])


def signer_of(account: AccountSettings | FurtherAccountSettings) -> Signer:
    """Who signs.

    Raises:
        ConfigRefused: the private key cannot be read, or is none.
    """
    key = read_private_key(account)
    try:
        return Signer(key)
    except KeyRefused as error:
        raise ConfigRefused(f"{account.key_file or account.key_env}: {error}") from None


def _builder(builder: BuilderSettings | None) -> BuilderFee | None:
    if builder is None:
        return None
    return BuilderFee(parse_address(builder.address), builder.fee_tenths_bps)


def _limits(risk: RiskSettings, open_orders: int | None = None) -> RiskLimits:
    """`open_orders` bounds them as well."""
    bounds = [bound for bound in (risk.max_open_orders, open_orders) if bound is not None]
    order_usd, order_usd_by_coin = _by_coin(risk.max_order_notional_usd)
    position_usd, position_usd_by_coin = _by_coin(risk.max_position_notional_usd)
    return RiskLimits(
        order_notional_usd_max=order_usd,
        order_notional_usd_max_by_coin=order_usd_by_coin,
        position_notional_usd_max=position_usd,
        position_notional_usd_max_by_coin=position_usd_by_coin,
        gross_notional_usd_max=risk.max_gross_notional_usd,
        gross_leverage_max=risk.max_gross_leverage,
        capital_usd=risk.capital_usd,
        price_band_pct=risk.price_band_pct,
        orders_open_max=min(bounds, default=None),
        orders_per_minute_max=risk.max_orders_per_minute,
    )


def _by_coin(
    written: Decimal | dict[str, Decimal] | None,
) -> tuple[Decimal | None, dict[str, Decimal]]:
    """The limit of every coin, and those of single ones in its place."""
    if not isinstance(written, dict):
        return written, {}
    return written.get(EVERY_COIN), {k: usd for k, usd in written.items() if k != EVERY_COIN}


def _loss_limits(risk: RiskSettings, otherwise: Strength) -> LossLimits:
    return LossLimits(
        daily_loss_usd_max=risk.max_daily_loss_usd,
        drawdown_pct_max=risk.max_drawdown_pct,
        on_breach=STRENGTH_BY_WORD[risk.on_breach] if risk.on_breach else otherwise,
    )
