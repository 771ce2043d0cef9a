"""A desk on a bench: virtual time, a link that keeps what it is given, a venue that answers so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec
from tests.unit.execution.desk_surroundings import (
    ACCOUNT,
    ALICE,
    BOB,
    SIGNER,
    START_MS,
    UNIVERSE,
    Info,
    Journal,
    Listener,
    Marks,
    Registry,
    Streams,
)

from hive.connection.rate_budget import IpBudget
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.domain.switches import Switch
from hive.execution.desk.ports import DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.order_desk import OrderDesk
from hive.execution.ports import HttpActions
from hive.execution.queue.lane import Quota
from hive.execution.sending.action_sender import SendSettings
from hive.hyperliquid.codec import decode_push
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop
from hive.storage.records import BootRecord, Record

__all__ = ["ACCOUNT", "ALICE", "BOB", "SIGNER", "START_MS", "DeskRig", "Listener"]


class DeskRig:
    """A started desk with two strategies, alice and bob."""

    def __init__(
        self,
        past: Iterable[Record] = (),
        *,
        settings: DeskSettings | None = None,
        limits: VenueLimits | None = None,
        quota: Quota | None = None,
        http: HttpActions | None = None,
    ) -> None:
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "desk")
        self.clock = VirtualClock(self.kernel, START_MS)
        self.crashes: list[TaskCrash] = []
        self.switches: list[Switch] = []
        self.streams, self.info, self.journal = Streams(), Info(), Journal()
        self.info.now_ms = self.clock.now_ms
        self.marks, self.registry = Marks(), Registry()
        past = list(past)
        self.registry.epoch += sum(isinstance(record, BootRecord) for record in past)
        self.limits = limits or VenueLimits()
        self.ip_budget = IpBudget(self.limits)
        self.streams.on_post = self._count_message
        self.tasks = Supervisor(self.clock, SeededRng(1), self.crashes.append)
        ports = DeskPorts(
            clock=self.clock,
            tasks=self.tasks,
            streams=self.streams,
            info=self.info,
            http=http,
            journal=self.journal,
            registry=self.registry,
            marks=self.marks,
            universe=UNIVERSE,
            ip_budget=self.ip_budget,
            venue_limits=self.limits,
            signer=SIGNER,
            on_switch=self.switches.append,
        )
        usual = DeskSettings(account=ACCOUNT, send=SendSettings(is_mainnet=False))
        for strategy in (ALICE, BOB):
            self.registry.strategy_index(strategy)
        self.desk = OrderDesk(settings or usual, ports, past)
        self.alice, self.bob = Listener(), Listener()
        self.desk.register(ALICE, self.alice, quota)
        self.desk.register(BOB, self.bob, quota)

    def _count_message(self) -> None:
        """As the pool does."""
        self.ip_budget.messages.spend(1, self.clock.monotonic_ns() // NS_PER_MS)

    # --- time -----------------------------------------------------------------------------------

    def start(self) -> DeskRig:
        self.wait_for(self.desk.start())
        self.run_ms(0)
        return self

    def wait_for(self, work: Any, limit_ms: int = 60_000) -> Any:
        task = self.loop.start(work)
        limit_ns = self.kernel.now_ns + limit_ms * NS_PER_MS
        result = self.kernel.run_until_done(task, limit_ns=limit_ns)
        assert not self.kernel.failures, self.kernel.failures
        return result

    def run_ms(self, duration_ms: int) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + duration_ms * NS_PER_MS)
        assert not self.kernel.failures, self.kernel.failures
        assert not self.crashes, self.crashes

    def do(self, deed: Callable[[], Any]) -> Any:
        """Do something on the loop, and let the turn that follows pass."""
        results: list[Any] = []
        self.loop.call_soon(lambda: results.append(deed()))
        self.run_ms(0)
        return results[0]

    # --- what strategies do ---------------------------------------------------------------------

    def place(
        self,
        side: Side = Side.BUY,
        *,
        strategy: StrategyId = ALICE,
        coin: str = "BTC",
        size: str = "0.01",
        px: str = "60000",
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
    ) -> Cloid:
        """Place on the loop; the turn in which it is sent has not come yet."""
        cloid: Cloid = self.desk.place(
            strategy,
            coin,
            side,
            size=Decimal(size),
            limit_px=Decimal(px),
            tif=tif,
            reduce_only=reduce_only,
        )
        return cloid

    def placed(self, side: Side = Side.BUY, **options: Any) -> Cloid:
        """Place, and let it be sent."""
        cloid: Cloid = self.do(lambda: self.place(side, **options))
        return cloid

    def resting(self, oid: int, **options: Any) -> Cloid:
        """Place, and have the venue accept it."""
        cloid = self.placed(**options)
        self.answer({"resting": {"oid": oid}})
        return cloid

    # --- what the venue does --------------------------------------------------------------------

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [body["action"] for _, body in self.streams.posts]

    def answer(self, *statuses: object, post: int = -1) -> None:
        """Answer a post (the latest) with these statuses."""
        request_id, body = self.streams.posts[post]
        kind = "cancel" if "cancel" in body["action"]["type"] else "order"
        response = {"type": kind, "data": {"statuses": statuses}}
        self.reply(request_id, {"status": "ok", "response": response})

    def refuse(self, text: str, post: int = -1) -> None:
        """Refuse a whole post (the latest)."""
        self.reply(self.streams.posts[post][0], {"status": "err", "response": text})

    def reply(self, request_id: int, body: object) -> None:
        on_reply = self.streams.on_reply
        assert on_reply is not None
        self.do(lambda: on_reply(request_id, msgspec.json.encode(body)))

    def lose_answer(self, post: int = -1) -> None:
        on_unanswered = self.streams.on_unanswered
        assert on_unanswered is not None
        request_id = self.streams.posts[post][0]
        self.do(lambda: on_unanswered(request_id, "no answer in time"))

    def push(self, frame: dict[str, Any]) -> None:
        sink = self.streams.sink
        assert sink is not None
        push = decode_push(msgspec.json.encode(frame))
        self.do(lambda: sink.on_push(push, self.clock.monotonic_ns()))

    def tell_orders(self, *updates: dict[str, Any]) -> None:
        self.push({"channel": "orderUpdates", "data": updates})

    def tell_fills(self, *fills: dict[str, Any], is_snapshot: bool = False) -> None:
        data = {"isSnapshot": is_snapshot, "user": ACCOUNT, "fills": fills}
        self.push({"channel": "userFills", "data": data})

    def update(
        self,
        cloid: Cloid | None,
        oid: int,
        status: str,
        *,
        open_size: str = "0.01",
        size: str = "0.01",
        px: str = "60000.0",
    ) -> dict[str, Any]:
        """A row of `orderUpdates`."""
        order = {
            "coin": "BTC",
            "side": "B",
            "limitPx": px,
            "sz": open_size,
            "oid": oid,
            "timestamp": START_MS,
            "origSz": size,
            "cloid": cloid,
        }
        return {"order": order, "status": status, "statusTimestamp": self.clock.now_ms()}

    def status_of(self, cloid: Cloid, oid: int, status: str, **row: Any) -> dict[str, Any]:
        """An answer of `orderStatus`."""
        update = self.update(cloid, oid, status, **row)
        return {"status": "order", "order": {**update, "order": self.listed(update)}}

    def listed(self, update: dict[str, Any]) -> dict[str, Any]:
        """The order of an update in the long form of lists and queries."""
        return {
            **update["order"],
            "triggerCondition": "N/A",
            "isTrigger": False,
            "triggerPx": "0.0",
            "children": [],
            "isPositionTpsl": False,
            "reduceOnly": False,
            "orderType": "Limit",
            "tif": "Gtc",
        }

    def fill(
        self,
        cloid: Cloid | None,
        oid: int,
        *,
        trade: int,
        size: str = "0.01",
        start: str = "0.0",
        side: str = "B",
        venue_ms: int | None = None,
        px: str = "60000.0",
    ) -> dict[str, Any]:
        """A row of `userFills`."""
        return {
            "coin": "BTC",
            "px": px,
            "sz": size,
            "side": side,
            "time": self.clock.now_ms() if venue_ms is None else venue_ms,
            "startPosition": start,
            "dir": "Open Long",
            "closedPnl": "0.0",
            "hash": "0x00",
            "oid": oid,
            "crossed": True,
            "fee": "0.1",
            "tid": trade,
            "cloid": cloid,
            "feeToken": "USDC",
        }
