"""Every setting of a configuration file, section by section: its type, bounds, default, meaning.

The struct is the schema: a field's name is its key, its annotation what it may be. A description in
the annotation is what a fault says was expected. Paths that are not absolute start at the folder of
the configuration file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hive.app.config.tree import Mapping, Sequence

Amount = Annotated[
    Decimal,
    Meta(description="US dollars above 0, at most 1e9", extra={"gt": 0, "le": 1_000_000_000}),
]
Leverage = Annotated[Decimal, Meta(description="above 0, at most 100", extra={"gt": 0, "le": 100})]
Percent = Annotated[
    Decimal, Meta(description="a percentage above 0, at most 100", extra={"gt": 0, "le": 100})
]
PerMinute = Annotated[int, Meta(ge=60, le=100_000, description="60 to 100000")]
PatienceMs = Annotated[int, Meta(ge=1000, le=600_000, description="1000 to 600000 ms")]
Rate = Annotated[
    float, Meta(gt=0, le=1000, description="a number per second above 0, at most 1000")
]
OpenOrders = Annotated[int, Meta(ge=1, le=5000, description="1 to 5000")]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,1000}\Z", description="a line of text")]
Port = Annotated[
    int, Meta(ge=0, le=65_535, description="a port, 0 to 65535 (0 takes any free one)")
]
AddressText = Annotated[
    str, Meta(pattern=r"^0x[0-9a-fA-F]{40}\Z", description="an address: 0x and 40 hex digits")
]
TradeForText = Annotated[
    str,
    Meta(
        pattern=r"^(self|(sub|vault):0x[0-9a-fA-F]{40})\Z",
        description="self, sub:ADDRESS or vault:ADDRESS",
    ),
]
AccountName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}\Z",
        description="a name of up to 32 letters, digits, - and _",
    ),
]
KeyFileText = Annotated[
    str,
    Meta(
        pattern=r"^(?!(0x)?[0-9a-fA-F]{64}\Z)[^\x00-\x1f\x7f]{1,1000}\Z",
        description="the name of a file that holds the key, not the key",
    ),
]
VariableText = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}\Z", description="a variable's name")
]
UrlText = Annotated[
    str,
    Meta(
        pattern=r"^https?://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/?\Z",
        max_length=200,
        description="a URL like http://127.0.0.1:8421",
    ),
]

MAIN: Final = "main"
"""The name of the account under `account`."""
TESTNET_URL: Final = "https://api.hyperliquid-testnet.xyz"
LOCAL_VENUE_URL: Final = "http://127.0.0.1:8421"

DEAD_MAN_S_MIN: Final = 10
"""The venue takes nothing under five seconds ahead; half is ours to put it off in."""

Mode = Literal["paper", "testnet"]
Network = Literal["testnet", "mainnet"]


class RuntimeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The process."""

    max_strategies: Annotated[int, Meta(ge=1, le=10_000, description="1 to 10000")] = 1000
    """More than so many in the file are refused."""
    state_dir: Text = "var"
    """Folder of the journal, the registry and the reports."""
    durability: Literal["kill", "power"] = "kill"
    """What an intent survives before it is sent: the death of the process, or of the machine."""
    cross_inside: bool = False
    """Opposite orders that two strategies place in one turn are matched at the mid, without fee;
    else the later one is refused."""
    max_errors: Annotated[int, Meta(ge=1, le=1000, description="1 to 1000")] = 5
    """So many errors of one strategy within a minute pause it by name and cancel its orders."""
    slow_handler_ms: Annotated[int, Meta(ge=1, le=60_000, description="1 to 60000 ms")] = 50
    """A handler that takes longer is named."""


class BuilderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A fee on top of the venue's, for whoever built the client. None is paid by default."""

    address: AddressText
    fee_tenths_bps: Annotated[
        int, Meta(ge=1, le=100, description="1 to 100 tenths of a basis point")
    ]
    """The account must have approved at least so much (`approveBuilderFee`, by its own key)."""


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we trade for, and where."""

    address: AddressText | None = None
    """The account. None is the key's own, or its master's if the key is an agent's."""
    key_file: KeyFileText | None = None
    """A file with the private key, 64 hex digits, readable by its owner only."""
    key_env: VariableText | None = None
    """The environment variable that holds the private key."""
    trade_for: TradeForText = "self"
    """Whose money: the account's own, or that of its sub-account or of a vault that it leads."""
    network: Network = "testnet"
    """Which network's signatures the venue expects."""
    url: UrlText | None = None
    """The venue; None is the mode's own (`HiveConfig.venue_url`)."""
    builder: BuilderSettings | None = None
    """Paid by every strategy that names none of its own."""

    def __post_init__(self) -> None:
        if (self.key_file is None) == (self.key_env is None):
            raise ValueError("expected one of key_file and key_env")


class FurtherAccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One more account to trade, at the same venue. Strategies choose it by its name."""

    name: AccountName
    """Unique; `main` is the one under `account`."""
    address: AddressText | None = None
    """The account. None is the key's own, or its master's if the key is an agent's."""
    key_file: KeyFileText | None = None
    """A file with its private key. Without one and without `key_env` the first account's key
    signs, which must then trade for a sub-account or a vault."""
    key_env: VariableText | None = None
    """The environment variable that holds its private key."""
    trade_for: TradeForText = "self"
    """Whose money: the account's own, or that of its sub-account or of a vault that it leads."""

    def __post_init__(self) -> None:
        if self.key_file is not None and self.key_env is not None:
            raise ValueError("expected one of key_file and key_env")
        if self.key_file is None and self.key_env is None and self.trade_for == "self":
            raise ValueError("expected a key, or trade_for a sub-account or a vault of the first's")


class MultiplexerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The shared sockets."""

    max_connections: Annotated[int, Meta(ge=2, le=100, description="2 to 100")] = 10
    """Sockets open at once."""
    max_subscriptions: Annotated[int, Meta(ge=2, le=1000, description="2 to 1000")] = 480
    """Held at once; half of what the venue admits leaves room to reconnect."""
    stale_after_ms: PatienceMs | None = None
    """Silence after which a stream that should move is stale at the latest. None is learned."""


class RateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the venue's limits we use."""

    ip_weight_per_min: PerMinute = 1200
    """Request weight per minute of this IP address."""
    messages_per_min: PerMinute = 2000
    """WebSocket messages sent per minute, over all sockets."""
    reserve_for_cancels: Annotated[float, Meta(ge=0, le=0.9, description="0 to 0.9")] = 0.2
    """The part of each budget that is left to cancels, exits and what settles an unknown; of
    messages at most."""
    per_strategy_orders_per_second: Rate = 10.0
    """What a strategy without a quota of its own may place or replace."""
    adaptive: bool = True
    """Send less for a while after the venue has refused us for going too fast."""


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What no order and no position may exceed, of the account or of one strategy.

    None is no limit. A strategy keeps its own limits and the account's, so it can only tighten.
    """

    max_order_notional_usd: Amount | dict[str, Amount] | None = None
    max_position_notional_usd: Amount | dict[str, Amount] | None = None
    """Of one coin, in either direction, with what open orders could add. Either of these may be
    given by coin: `{BTC: 20_000, default: 5_000}`."""
    max_gross_notional_usd: Amount | None = None
    """Of all coins together, each counted positive."""
    max_gross_leverage: Leverage | None = None
    """All coins together, by the capital: a strategy's slice if it has one, else the equity."""
    price_band_pct: Percent | None = None
    """How much worse than the mark price a limit price may be."""
    max_open_orders: OpenOrders | None = None
    max_orders_per_minute: (
        Annotated[int, Meta(ge=1, le=100_000, description="1 to 100000")] | None
    ) = None
    """Placed or replaced; the next one is refused, not delayed."""
    max_daily_loss_usd: Amount | None = None
    """Since midnight UTC, at mark prices, with fees and funding; a restart does not reset it."""
    max_drawdown_pct: Percent | None = None
    """Below the highest profit so far, in percent of the capital at that time."""
    on_breach: Literal["pause", "cancel", "flatten", "halt"] | None = None
    """What a loss beyond a limit does; None is the account's, and there `cancel`."""

    flatten_slippage_pct: Percent | None = None
    """How much worse than the mark a kill switch may close a position, per try; None is 2."""
    dead_man_switch_s: Annotated[int, Meta(ge=0, le=86_400, description="0 to 86400 s")] = 0
    """The venue is to cancel everything so long after it last heard of us; 0 is never."""
    capital_usd: Amount | None = None
    """A strategy's slice of the account: all its coins together may be worth what is left of the
    slice with what it earned or lost, times `max_gross_leverage` (1 if that is not set)."""

    def __post_init__(self) -> None:
        if 0 < self.dead_man_switch_s < DEAD_MAN_S_MIN:
            raise ValueError(f"dead_man_switch_s: 0, or {DEAD_MAN_S_MIN} and more")


class GuardianSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A process that stops everything when the trader cannot; none without this section."""

    key_file: KeyFileText | None = None
    """A file with the private key of an agent of the account, made for the guardian alone."""
    key_env: VariableText | None = None
    """The environment variable that holds it."""
    start: bool = True
    """The trader starts it and does not trade without; false: somebody else starts it."""
    silence_ms: Annotated[int, Meta(ge=300, le=60_000, description="300 to 60000 ms")] = 500
    """How long the trader may be silent."""
    on_silence: Literal["cancel", "flatten"] = "cancel"
    """What is done then."""

    def __post_init__(self) -> None:
        if (self.key_file is None) == (self.key_env is None):
            raise ValueError("expected one of key_file and key_env")


class DashboardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The live page."""

    enabled: bool = True
    host: Annotated[
        str,
        Meta(
            pattern=r"^(127(\.(25[0-5]|(2[0-4]|1\d|[1-9]|)\d)){3}|localhost|::1)\Z",
            description="this machine: 127.0.0.1, localhost or ::1",
        ),
    ] = "127.0.0.1"
    port: Port = 8420
    """The next free one is taken if it is busy."""


class MonitoringSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be seen from outside."""

    dashboard: DashboardSettings = DashboardSettings()


CoinLeverage = Annotated[int, Meta(ge=1, le=100, description="1 to 100")]


class QuotaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy's share of the desk."""

    max_orders_per_second: Rate | None = None
    """None is `rate_limiting.per_strategy_orders_per_second`."""
    max_api_weight_per_minute: (
        Annotated[int, Meta(ge=1, le=100_000, description="1 to 100000")] | None
    ) = None
    """Orders, replaces and cancels within any minute, one each. Cancels count, and do not wait."""
    max_open_orders: OpenOrders | None = None
    """The same as `risk.max_open_orders`; the smaller one of the two holds."""
    priority_level: Annotated[int, Meta(ge=1, le=10, description="1 to 10")] = 5
    """Turns when several wait: one at level 10 has twice those of one at level 5."""


class StrategyBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One entry below `strategies`, as it is written. `foreach` makes several strategies of it."""

    id: Text
    """Unique; `{name}` is filled in from `foreach`, and `{coin}` from `coin`."""
    use: Text
    """`hive.strategies.NAME`, or `./file.py:Class`."""
    account: AccountName = MAIN
    """Which account it trades: `main`, or one named under `accounts`."""
    coin: Text | None = None
    """The same as `params: {coin: ...}`."""
    foreach: Mapping | None = None
    """`name: [values]`: one strategy for each, the value put into `params` under that name."""
    params: Mapping | None = None
    """The strategy's own settings."""
    quota: QuotaSettings = QuotaSettings()
    risk: RiskSettings = RiskSettings()
    """Limits of this strategy, beside those of the account."""
    builder: BuilderSettings | None = None
    """Paid by this strategy's orders, instead of the account's."""
    leverage: CoinLeverage | dict[str, CoinLeverage] | None = None
    """Of the strategy's `coin`, or by coin: `{BTC: 5, ETH: 3}`. An account has one per coin, so the
    lowest holds for all."""
    margin_mode: Literal["cross", "isolated"] | None = None
    """Of every coin that has a leverage here; all strategies of an account agree on it."""


class FileSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file, as it is written."""

    account: AccountSettings
    strategies: Sequence
    """Of `StrategyBlock`."""
    accounts: tuple[FurtherAccountSettings, ...] = ()
    """Further accounts, beside the one under `account`."""
    version: Literal["1"] = "1"
    mode: Mode = "paper"
    """What is at stake: play money of a venue of ours, or of the testnet."""
    runtime: RuntimeSettings = RuntimeSettings()
    multiplexer: MultiplexerSettings = MultiplexerSettings()
    rate_limiting: RateSettings = RateSettings()
    risk: RiskSettings = RiskSettings()
    guardian: GuardianSettings | None = None
    monitoring: MonitoringSettings = MonitoringSettings()
