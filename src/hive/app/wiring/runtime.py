"""Where the parts of a runtime are built and handed to each other; nowhere else.

    net ─▶ pool, rest ─▶ market data ─▶ host ─▶ strategies
                    ╰──▶ a desk for each account ◀─╯

The same code builds the runtime of a trading process, of tests and of simulated worlds: what
differs is behind the four seams.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import ceil
from traceback import format_exception
from typing import Final

import msgspec

from hive.app.config.coin_names import unlisted
from hive.app.config.faults import refusal
from hive.app.notes.notices import STACK, Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.accounts import AccountStanding, TradedAccount, standings
from hive.app.wiring.key_watch import KeyWatch
from hive.app.wiring.listing import listed
from hive.app.wiring.plan import RuntimePlan
from hive.app.wiring.switch_keeper import SwitchKeeper
from hive.connection.rate_budget import IpBudget
from hive.connection.rest_client import RestClient
from hive.connection.ws_pool import WsPool
from hive.domain.errors import DiskFailed
from hive.domain.identifiers import DESK, Address, StrategyId
from hive.domain.instruments import Universe
from hive.domain.market import Mids
from hive.domain.switches import EVERYTHING, Reach, Scope
from hive.execution.desk.account_rights import AccountRights
from hive.execution.desk.ports import DeskPorts
from hive.execution.desk.settings import DeskSettings, StopReport
from hive.execution.order_desk import OrderDesk
from hive.execution.queue.lane import Quota
from hive.execution.sending.action_sender import SendSettings
from hive.hyperliquid.session_timing import session_timing
from hive.marketdata.market_data import MarketData
from hive.runtime.ports import Clock, Disk, Net, Rng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.storage.checkpoints import read_since_state
from hive.storage.journal import Journal
from hive.storage.registry import Registry
from hive.strategy.containment import StrategyNote
from hive.strategy.host import StrategyHost
from hive.strategy.seat import SeatState

SHUTDOWN_MS: Final = 5_000
BURST_PER_SECOND: Final = 4
"""After a quiet time a strategy may place so many seconds' worth at once."""


class Seams(msgspec.Struct, frozen=True, kw_only=True):
    """The four seams, as life, a test or a simulation fills them."""

    clock: Clock
    net: Net
    disk: Disk
    rng: Rng


class Runtime:
    """Everything between the venue and the strategies. `start` once, `stop` once."""

    def __init__(self, plan: RuntimePlan, seams: Seams, notices: Notices) -> None:
        self.plan = plan
        self.notices = notices
        self._seams = seams
        self._ip_budget = IpBudget(plan.limits, reserve_share=plan.reserve_share)
        self.tasks = Supervisor(seams.clock, seams.rng, self._crashed)
        self._rest = RestClient(seams.net, seams.clock, self._ip_budget, url=plan.venue_url)
        self.pool = WsPool(
            seams.net,
            seams.clock,
            seams.rng,
            self.tasks,
            url=plan.venue_url.replace("http", "ws", 1) + "/ws",
            limits=plan.limits,
            ip_budget=self._ip_budget,
            timing=session_timing(plan.limits, plan.stale_after_ms),
        )
        self._registry: Registry | None = None
        self.market_data: MarketData | None = None
        self.host: StrategyHost | None = None
        self.accounts: list[TradedAccount] = []
        self.leash: Callable[[], str | None] | None = None
        """Says why nothing that opens risk may leave just now; set before the start."""
        self.switches = SwitchKeeper(
            seams.disk, seams.clock, lambda: self.desks, notices.say, self._start_paused
        )

    @property
    def ip_budget(self) -> IpBudget:
        return self._ip_budget

    @property
    def desks(self) -> dict[Address, OrderDesk]:
        """Each account's desk, once the runtime has started."""
        return {account.address: account.desk for account in self.accounts}

    async def start(self) -> None:
        """Connect, bring every account in line with the venue, start the strategies.

        Raises:
            LinkError: the venue cannot be reached.
            VenueError: what answers is no venue, or does not serve us.
            ConfigRefused: a limit or a leverage is of a coin that the venue does not list.
            OperatorError: a key trades no account, or another process trades from this folder.
        """
        clock = self._seams.clock
        self._registry = registry = Registry.open(self._seams.disk, self._seams.rng)
        universe = await listed(self._rest, self.plan.venue_url)
        self._check_names(universe)
        await self.pool.start()
        self.market_data = market_data = MarketData(
            self.pool, self._rest, clock, self.tasks, universe=universe
        )
        if self.plan.needs_marks:
            market_data.watch_mids(_ignore)
        strategies = [strategy for plan in self.plan.accounts for strategy in plan.strategies]
        registry.reserve_strategies([*(each.strategy_id for each in strategies), DESK])
        rights = AccountRights(self._rest)
        for standing in await standings(self.plan, rights):
            account = self._account(standing, registry, market_data, rights)
            await _settled(account.journal)
            self.accounts.append(account)
        self.host = host = StrategyHost(
            market_data,
            self.accounts[0].desk,
            clock,
            self.tasks,
            limits=self.plan.host_limits,
            on_note=self._noted,
        )
        for account in self.accounts:
            self._seat(host, account)
        self.switches.open()
        for account in self.accounts:
            await account.desk.start()
        watch = KeyWatch(self.accounts, rights, clock, self.notices)
        self.tasks.spawn("keys", watch.run, restart=True)
        await host.start()

    def waits_for(self) -> str:
        """What a start that takes long is waiting for."""
        held_ms = self._rest.held_ms()
        if held_ms:
            return f"the venue's request weight, {ceil(held_ms / 1_000)} s"
        return f"{self.plan.venue_url} (account.url)"

    async def stop(self) -> int:
        """Stop strategies, cancel every order and wait for the venue's word, close.

        Returns how many orders' ends the venue had not confirmed when patience ran out.
        """
        if self.host is not None:
            await self.host.stop()
        stopping = [account.desk.stop() for account in self.accounts]
        ended = await asyncio.gather(*stopping, return_exceptions=True)
        await self.pool.aclose()
        await self.tasks.shutdown(SHUTDOWN_MS)
        for account in self.accounts:
            account.journal.close()
        if self._registry is not None:
            self._registry.close()
        return sum(_left(report) for report in ended)

    def _start_paused(self, scope: Scope) -> dict[StrategyId, str]:
        """Have strategies of the scope begin anew that were paused; why each is that did not."""
        host = self.host
        if host is None:
            return {}
        paused = [
            strategy.strategy_id
            for account in self.accounts
            for strategy in account.plan.strategies
            if scope in (EVERYTHING, Scope(Reach.ACCOUNT, account.address))
            or scope == Scope(Reach.STRATEGY, strategy.strategy_id)
            if host.snapshot_of(strategy.strategy_id).state is SeatState.PAUSED
        ]
        for strategy_id in paused:
            host.resume(strategy_id)
        return {strategy_id: host.snapshot_of(strategy_id).reason for strategy_id in paused}

    def _check_names(self, universe: Universe) -> None:
        faults = unlisted(self.plan.coins_limited, universe)
        if faults:
            raise refusal(faults)
        for fault in unlisted(self.plan.coins_traded, universe):
            self.notices.say("error", str(fault))

    def _account(
        self,
        standing: AccountStanding,
        registry: Registry,
        market_data: MarketData,
        rights: AccountRights,
    ) -> TradedAccount:
        plan, address = standing.plan, standing.address
        disk, folder = self._seams.disk, journal_folder(address)
        past = list(read_since_state(disk, folder, on_torn=self._torn))
        journal = Journal(disk, folder)
        ports = DeskPorts(
            clock=self._seams.clock,
            tasks=self.tasks,
            streams=self.pool,
            info=self._rest,
            http=self._rest,
            journal=journal,
            registry=registry,
            marks=market_data,
            universe=market_data.universe,
            ip_budget=self._ip_budget,
            venue_limits=self.plan.limits,
            signer=plan.signer,
            nonces=standing.nonces,
            rights=rights,
            on_switch=self.switches.keep,
            leash=self.leash,
        )
        settings = DeskSettings(
            account=address,
            send=SendSettings(is_mainnet=self.plan.is_mainnet, vault=standing.vault),
            errands=standing.errands,
            is_polled=standing.is_polled,
            account_limits=self.plan.risk,
            account_losses=self.plan.losses,
            flatten_slippage_pct=self.plan.flatten_slippage_pct,
            dead_man_ms=self.plan.dead_man_ms,
            leverage={each.strategy_id: each.leverage for each in plan.strategies},
            durability=self.plan.durability,
            is_adaptive=self.plan.is_adaptive,
            cross_inside=self.plan.cross_inside,
            memory=self.plan.memory,
        )
        desk = OrderDesk(settings, ports, past)
        return TradedAccount(
            plan=plan, address=address, desk=desk, journal=journal, nonces=standing.nonces
        )

    def _seat(self, host: StrategyHost, account: TradedAccount) -> None:
        for strategy in account.plan.strategies:
            rate = strategy.orders_per_second_max
            quota = Quota(
                max_orders_per_second=rate,
                burst=max(1, round(rate * BURST_PER_SECOND)),
                priority_level=strategy.priority_level,
                max_api_weight_per_minute=strategy.api_weight_per_minute_max,
            )
            traded = [each.coin for each in account.desk.strategy_positions(strategy.strategy_id)]
            host.add(
                strategy.strategy_id, strategy.strategy, quota, desk=account.desk, coins=traded
            )
            account.desk.limit(strategy.strategy_id, strategy.risk, strategy.losses)
            if strategy.builder is not None:
                account.desk.charge(strategy.strategy_id, strategy.builder)

    def _noted(self, note: StrategyNote) -> None:
        fields = dict(note.fields)
        error = fields.get("error")
        if isinstance(error, BaseException):  # its author looks for the line
            del fields["error"]
            fields[STACK] = format_exception(error)
        self.notices.say(note.kind.value, f"{note.strategy_id}: {note.message}", **fields)

    def _torn(self, path: str, size_bytes: int) -> None:
        self.notices.say("warning", f"{path} ends in a torn record: {size_bytes} bytes are cut off")

    def _crashed(self, crash: TaskCrash) -> None:
        self.notices.say("error", f"task {crash.name}: {type(crash.error).__name__}: {crash.error}")


def _ignore(mids: Mids) -> None:
    """Prices are asked for when they are needed."""


def _left(report: StopReport | BaseException) -> int:
    """How many orders a desk has left, once all are closed."""
    if isinstance(report, BaseException):
        raise report
    return report.orders_left


async def _settled(journal: Journal) -> None:
    """Return when what earlier processes wrote survives a power cut."""
    try:
        for ticket in journal.settle():
            await ticket.wait()
    except OSError as error:
        raise DiskFailed(f"the journal cannot be synced: {error}") from error
