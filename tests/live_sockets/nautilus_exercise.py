"""Runs NautilusTrader, unmodified, against the venue at a URL, as a program: `... URL trade KEY`.

It runs in NautilusTrader's own environment. Only the URLs and the key differ from what its users
have. `trade` subscribes, places, modifies, cancels, sets a stop, and leaves a position and resting
orders behind; `reconcile`, in another process with the same key, must find them, and ends them. The
last line of the output says what has not happened within the time given.
"""

from __future__ import annotations

import sys
from typing import Any

from nautilus_trader.adapters.hyperliquid import (
    HyperliquidDataClientConfig,
    HyperliquidDataClientFactory,
    HyperliquidEnvironment,
    HyperliquidExecutionClientConfig,
    HyperliquidExecutionClientFactory,
)
from nautilus_trader.common import Environment, LoggerConfig, LogLevel
from nautilus_trader.live import LiveNode, LiveRiskEngineConfig
from nautilus_trader.model import (
    AccountId,
    BarType,
    BookType,
    InstrumentId,
    OrderSide,
    StrategyId,
    TraderId,
)
from nautilus_trader.trading import Strategy, StrategyConfig
from tests.live_sockets.exercise_report import print_report

ETH = InstrumentId.from_str("ETH-USD-PERP.HYPERLIQUID")
BARS = BarType.from_str(f"{ETH}-1-MINUTE-LAST-EXTERNAL")
NS_PER_S = 1_000_000_000
SECONDS_MAX = 30
LOT = 0.02


class Player(Strategy):  # type: ignore[misc]  # its package has no types here
    """Tells a plan what happens, ticks off its goals, and ends when all of them are reached."""

    def __init__(self, plan: Trade | Reconcile) -> None:
        super().__init__(
            StrategyConfig(
                strategy_id=StrategyId.from_str("S-001"), external_order_instrument_ids=[ETH]
            )
        )
        self.plan = plan
        self.fault_by_goal: dict[str, str | None] = dict.fromkeys(plan.GOALS, "did not happen")

    def reach(self, goal: str) -> bool:
        """Tick a goal off: whether it was open until now."""
        was_open = self.fault_by_goal[goal] is not None
        self.fault_by_goal[goal] = None
        if not any(self.fault_by_goal.values()):
            self.shutdown_system("all is done")
        return was_open

    def limit_bid(self, share: float) -> str:
        """Place a bid at a share of the best; its name."""
        order = self.order_factory.limit(
            ETH, OrderSide.BUY, self.size(), self.px(share), post_only=True
        )
        self.submit_order(order)
        return str(order.client_order_id)

    def px(self, share: float) -> Any:
        bid = float(str(self.cache.quote(ETH).bid_price))
        return self.cache.instrument(ETH).make_price(bid * share)

    def size(self) -> Any:
        return self.cache.instrument(ETH).make_qty(LOT)

    def on_start(self) -> None:
        self.clock.set_time_alert_ns("end", self.clock.timestamp_ns() + SECONDS_MAX * NS_PER_S)
        self.plan.begin(self)

    def on_time_event(self, event: Any) -> None:
        self.shutdown_system("the time is over")

    def on_order_event(self, event: Any) -> None:
        name = type(event).__name__
        if name.endswith(("Rejected", "Denied")):
            self.fault_by_goal[name] = str(event)
        self.plan.hear(self, name, event)

    def on_position_event(self, event: Any) -> None:
        self.plan.hear(self, type(event).__name__, event)

    def on_quote(self, quote: Any) -> None:
        self.plan.hear(self, "quote", quote)

    def on_trade(self, trade: Any) -> None:
        self.plan.hear(self, "trade", trade)

    def on_book_deltas(self, deltas: Any) -> None:
        self.plan.hear(self, "book", deltas)

    def on_mark_price(self, update: Any) -> None:
        self.plan.hear(self, "mark price", update)

    def on_funding_rate(self, update: Any) -> None:
        self.plan.hear(self, "funding rate", update)

    def on_historical_bars(self, bars: Any) -> None:
        self.plan.hear(self, "history of bars", bars)


class Trade:
    """Streams, then one order after the other: each event leads to the next action."""

    STREAMS = ("quote", "trade", "book", "mark price", "funding rate", "history of bars")
    GOALS = (
        *STREAMS,
        "account",
        "order accepted",
        "order modified",
        "order canceled",
        "order filled",
        "position opened",
        "stop accepted",
        "order left behind",
    )

    def __init__(self) -> None:
        self.first = self.stop = self.last = ""

    def begin(self, player: Player) -> None:
        if player.cache.account(AccountId.from_str("HYPERLIQUID-001")) is not None:
            player.reach("account")
        player.subscribe_quotes(ETH)
        player.subscribe_trades(ETH)
        player.subscribe_bars(BARS)
        player.subscribe_book_deltas(ETH, BookType.L2_MBP)
        player.subscribe_mark_prices(ETH)
        player.subscribe_funding_rates(ETH)
        player.request_bars(BARS, limit=10)

    def hear(self, player: Player, what: str, event: Any) -> None:
        if what in self.STREAMS:
            player.reach(what)
            if what == "quote" and not self.first:
                self.first = player.limit_bid(0.9)
        elif what == "OrderAccepted":
            self._accepted(player, str(event.client_order_id))
        elif what == "OrderUpdated" and player.reach("order modified"):
            player.cancel_order(event.client_order_id)
        elif what == "OrderCanceled" and player.reach("order canceled"):
            player.submit_order(player.order_factory.market(ETH, OrderSide.BUY, player.size()))
        elif what == "OrderFilled":
            player.reach("order filled")
        elif what == "PositionOpened" and player.reach("position opened"):
            self._set_stop(player)

    def _accepted(self, player: Player, name: str) -> None:
        if name == self.first and player.reach("order accepted"):
            player.modify_order(
                player.cache.orders_open()[0].client_order_id, price=player.px(0.89)
            )
        elif name == self.stop and player.reach("stop accepted"):
            self.last = player.limit_bid(0.8)
        elif name == self.last:
            player.reach("order left behind")

    def _set_stop(self, player: Player) -> None:
        stop = player.order_factory.stop_market(
            ETH, OrderSide.SELL, player.size(), player.px(0.85), reduce_only=True
        )
        self.stop = str(stop.client_order_id)
        player.submit_order(stop)


class Reconcile:
    """Finds at its start what another process has left at the venue, and ends it."""

    GOALS = ("position found", "orders found", "orders canceled", "position closed")

    def __init__(self) -> None:
        self.is_closing = False

    def begin(self, player: Player) -> None:
        held = [float(str(each.quantity)) for each in player.cache.positions_open()]
        if held == [LOT]:
            player.reach("position found")
        if len(player.cache.orders_open()) == 2:
            player.reach("orders found")
        player.subscribe_quotes(ETH)
        for order in player.cache.orders_open():
            player.cancel_order(order.client_order_id)

    def hear(self, player: Player, what: str, event: Any) -> None:
        """An order at market takes its price from a quote, so the position waits for one."""
        if what == "OrderCanceled" and not player.cache.orders_open():
            player.reach("orders canceled")
        elif what == "quote" and not player.cache.orders_open() and not self.is_closing:
            self.is_closing = True
            player.close_all_positions(ETH)
        elif what == "PositionClosed":
            player.reach("position closed")


def node_at(base_url: str, key: str) -> Any:
    socket_url = "ws" + base_url.removeprefix("http") + "/ws"
    urls = {"base_url_http": f"{base_url}/info", "base_url_ws": socket_url}
    environment = HyperliquidEnvironment.TESTNET
    return (
        LiveNode.builder("EXERCISE", TraderId.from_str("TESTER-001"), Environment.LIVE)
        .with_logging(LoggerConfig(stdout_level=LogLevel.WARNING, is_colored=False))
        .with_reconciliation(True)
        .with_timeout_connection(SECONDS_MAX)
        .with_delay_post_stop_secs(0)
        .with_risk_engine_config(LiveRiskEngineConfig(bypass=True))
        .add_data_client(
            None,
            HyperliquidDataClientFactory(),
            HyperliquidDataClientConfig(environment=environment, **urls),
        )
        .add_exec_client(
            None,
            HyperliquidExecutionClientFactory(),
            HyperliquidExecutionClientConfig(
                account_id=AccountId.from_str("HYPERLIQUID-001"),
                private_key=key,
                environment=environment,
                base_url_exchange=f"{base_url}/exchange",
                **urls,
            ),
        )
        .build()
    )


def main(base_url: str, plan: str, key: str) -> None:
    player = Player(Trade() if plan == "trade" else Reconcile())
    node = node_at(base_url, key)
    node.add_strategy(player)
    node.run()
    print_report(player.fault_by_goal)


if __name__ == "__main__":
    main(*sys.argv[1:])
