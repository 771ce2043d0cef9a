"""A configuration file becomes a plan in which every decision of the person's is found again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hive.app.config.load import load_config
from hive.app.wiring.plan import RuntimePlan, plan_of
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import Address
from hive.domain.leverage import LeverageWish, MarginMode
from hive.domain.order_options import BuilderFee
from hive.execution.queue.lane import NORMAL_PRIORITY
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.portfolio.risk import NO_LIMITS, RiskLimits
from hive.strategies.grid import GridTrader
from hive.strategies.maker import MarketMaker
from hive.strategy.limits import HostLimits

KEY = "ab" * 32
MASTER = "0x" + "cd" * 20

SMALL = """\
account: {url: "http://127.0.0.1:9", key_file: agent.key}
strategies:
  - {id: a, use: hive.strategies.maker, params: {coin: BTC}}
"""

WHOLE = f"""\
version: 1
mode: paper
runtime: {{max_strategies: 7, durability: power, max_errors: 3, slow_handler_ms: 9}}
account: {{url: "http://127.0.0.1:9", key_file: agent.key, address: "{MASTER}"}}
multiplexer: {{max_connections: 3, max_subscriptions: 40, stale_after_ms: 5000}}
rate_limiting: {{ip_weight_per_min: 600, messages_per_min: 1000, reserve_for_cancels: 0.5,
                per_strategy_orders_per_second: 2}}
risk: {{max_order_notional_usd: 100, max_position_notional_usd: 500, max_gross_notional_usd: 2000,
       price_band_pct: 2.5, max_open_orders: 9}}
strategies:
  - {{id: first, use: hive.strategies.maker, params: {{coin: BTC}}}}
  - {{id: second, use: hive.strategies.grid, params: {{coin: ETH}},
     risk: {{max_order_notional_usd: 20}},
     quota: {{max_api_weight_per_minute: 90, max_open_orders: 4, priority_level: 8}}}}
"""


def plan(folder: Path, text: str, key: str = KEY) -> RuntimePlan:
    key_file = folder / "agent.key"
    key_file.touch(mode=0o600)
    key_file.write_text(key)
    (folder / "hive.yml").write_text(text)
    return plan_of(load_config(folder / "hive.yml"))


def test_a_small_file_gets_the_defaults_of_the_parts(tmp_path: Path) -> None:
    """Where a file says nothing, file and parts must not disagree about what that means."""
    made = plan(tmp_path, SMALL)
    (account,) = made.accounts
    (strategy,) = account.strategies
    default = RuntimePlan(venue_url=made.venue_url, accounts=made.accounts)
    assert made.venue_url == "http://127.0.0.1:9"
    assert account.address is None, "the venue is asked whose agent it is"
    assert (made.mode, made.is_mainnet, made.durability) == ("paper", False, "kill")
    assert made.reserve_share == default.reserve_share
    assert made.risk == strategy.risk == NO_LIMITS
    assert made.stale_after_ms is None
    assert (made.limits.weight_per_min, made.limits.messages_per_min) == (
        VenueLimits().weight_per_min,
        VenueLimits().messages_per_min,
    )
    assert made.limits.subscriptions_held_max == VenueLimits().subscriptions_held_max
    assert made.host_limits.errors_max == HostLimits().errors_max
    assert made.host_limits.slow_handler_ms == HostLimits().slow_handler_ms


def test_the_key_of_the_file_signs(tmp_path: Path) -> None:
    made = plan(tmp_path, SMALL, key=f"0x{KEY}\n")
    assert made.accounts[0].signer.address == Signer(KEY).address
    assert KEY not in repr(made)


def test_every_setting_arrives(tmp_path: Path) -> None:
    made = plan(tmp_path, WHOLE)
    assert made.accounts[0].address == MASTER
    assert made.durability == "power"
    assert made.reserve_share == 0.5
    assert made.stale_after_ms == 5_000
    assert made.host_limits == HostLimits(errors_max=3, slow_handler_ms=9, strategies_max=7)
    assert made.limits == VenueLimits(
        weight_per_min=600, messages_per_min=1_000, connections_max=3, subscriptions_held_max=40
    )
    assert made.risk == RiskLimits(
        order_notional_usd_max=Decimal(100),
        position_notional_usd_max=Decimal(500),
        gross_notional_usd_max=Decimal(2_000),
        price_band_pct=Decimal("2.5"),
        orders_open_max=9,
    )


def test_strategies_keep_their_order_names_and_own_limits(tmp_path: Path) -> None:
    first, second = plan(tmp_path, WHOLE).accounts[0].strategies
    assert (first.strategy_id, second.strategy_id) == ("first", "second")
    assert isinstance(first.strategy, MarketMaker)
    assert isinstance(second.strategy, GridTrader)
    assert second.strategy.params.coin == "ETH"
    assert first.risk == NO_LIMITS
    assert second.risk == RiskLimits(order_notional_usd_max=Decimal(20), orders_open_max=4)
    assert (second.priority_level, second.api_weight_per_minute_max) == (8, 90)
    assert (first.priority_level, first.api_weight_per_minute_max) == (NORMAL_PRIORITY, None)
    assert (first.orders_per_second_max, second.orders_per_second_max) == (2.0, 2.0)


def test_without_a_usable_key_there_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"agent\.key holds no private key") as caught:
        plan(tmp_path, SMALL, key=KEY[:-1] + "x")
    assert KEY[:20] not in str(caught.value)


def test_a_builder_is_paid_by_all_unless_a_strategy_names_its_own(tmp_path: Path) -> None:
    """And by nobody if the file names none."""
    first, second = "0x" + "B1" * 20, "0x" + "b2" * 20
    text = SMALL.replace(
        "key_file: agent.key",
        f'key_file: agent.key, builder: {{address: "{first}", fee_tenths_bps: 10}}',
    )
    text += (
        "  - {id: b, use: hive.strategies.maker, params: {coin: ETH},"
        f' builder: {{address: "{second}", fee_tenths_bps: 100}}}}\n'
    )
    (account,) = plan(tmp_path, text).accounts
    fees = [strategy.builder for strategy in account.strategies]
    assert fees == [BuilderFee(Address(first.lower()), 10), BuilderFee(Address(second), 100)]
    (plain,) = plan(tmp_path, SMALL).accounts
    assert [strategy.builder for strategy in plain.strategies] == [None]


def two_with(first: str, second: str) -> str:
    """Two strategies on BTC, with these settings besides."""
    head, _, _ = SMALL.partition("strategies:")
    rows = [
        f"  - {{id: {name}, use: hive.strategies.maker, coin: BTC, {more}}}\n"
        for name, more in (("a", first), ("b", second))
    ]
    return f"{head}strategies:\n{''.join(rows)}"


def test_leverage_is_of_the_strategys_coin_or_by_coin(tmp_path: Path) -> None:
    text = two_with("leverage: 5, margin_mode: isolated", "leverage: {BTC: 3, ETH: 2}")
    (account,) = plan(tmp_path, text).accounts
    assert [dict(strategy.leverage) for strategy in account.strategies] == [
        {"BTC": LeverageWish(5, MarginMode.ISOLATED)},
        {"BTC": LeverageWish(3), "ETH": LeverageWish(2)},
    ]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (
            "leverage: 5, margin_mode: cross",
            "leverage: 5, margin_mode: isolated",
            "mode_shared",
        ),
        ("margin_mode: cross", "leverage: 5", "needs leverage"),
        ("leverage: 0", "leverage: 5", "1 to 100"),
    ],
)
def test_leverage_that_makes_no_sense_is_a_fault_of_the_file(
    tmp_path: Path, first: str, second: str, words: str
) -> None:
    with pytest.raises(ConfigRefused, match=words):
        plan(tmp_path, two_with(first, second))
