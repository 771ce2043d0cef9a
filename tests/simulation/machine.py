"""The computer that the runtime runs on: processes come and go, its disk and its clock stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tests.simulation.checks import Diary
from tests.simulation.draw import StrategyShape, WorldShape
from tests.simulation.restless import Restless, RestlessSettings
from tests.simulation.trace import Trace
from tests.simulation.wire_watch import WireWatch

from hive.app.notes.notices import Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.errors import HiveError
from hive.domain.identifiers import Address, StrategyId
from hive.hyperliquid.signing import Signer
from hive.runtime.rng import SeededRng
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import Death, MemoryDisk
from hive.simulation.network import Network
from hive.simulation.virtual_time import Kernel, ProcessLoop
from hive.storage.checkpoints import read_since_state
from hive.storage.records import Record
from hive.storage.segments import read_records

URL: Final = "http://venue"
IP: Final = "192.0.2.1"
REBOOT_MS: Final = 1_000
"""After a start that failed."""


class Life:
    """One process, from boot to death."""

    def __init__(self, loop: ProcessLoop) -> None:
        self.loop = loop
        self.runtime: Runtime | None = None
        self.strategies: list[Restless] = []
        self.is_started = False

    def contained(self) -> list[str]:
        """Exceptions that the process survived: nothing in a world may raise any."""
        runtime = self.runtime
        if runtime is None:
            return []
        texts = list(runtime.pool.snapshot().recent_sink_errors)
        tasks = runtime.tasks.snapshot().tasks
        texts += [f"{task.name}: {task.last_error}" for task in tasks if task.crashes]
        for account, desk in runtime.desks.items():
            errors = desk.snapshot().listener_errors
            texts += [f"{errors} listeners of {account}"] if errors else []
        if runtime.host is not None:
            strategies = runtime.host.snapshot().strategies
            texts += [
                f"{each.strategy_id}: {each.last_error}" for each in strategies if each.errors
            ]
        return [f"contained by {self.loop.name}: {text}" for text in texts]


class Machine:
    """Boots the runtime, and boots it again whenever it has died."""

    def __init__(
        self,
        shape: WorldShape,
        rng: SeededRng,
        kernel: Kernel,
        network: Network,
        *,
        signers: Sequence[Signer],
        trace: Trace,
        diary: Diary,
    ) -> None:
        """`signers`: one for each of the shape's accounts."""
        self._shape = shape
        self._rng = rng
        self._kernel = kernel
        self._network = network
        self._signers = signers
        self._trace = trace
        self._diary = diary
        self.disk = MemoryDisk(rng.fork("disk").uniform)
        self.clock = VirtualClock(kernel, shape.start_ms)
        self.watch: WireWatch | None = None
        self.life = Life(ProcessLoop(kernel, "nobody"))
        self.boots = 0

    def boot(self) -> None:
        """Start the runtime, if it is not running."""
        if self.boots and not self.life.loop.is_dead:
            return
        self.boots += 1
        self._diary.process_begins()
        if self.watch is not None:
            self.watch.process_begins()
        self.life = Life(ProcessLoop(self._kernel, f"hive{self.boots}"))
        self.life.loop.start(self._live(self.life))

    def die(self, death: Death, down_ms: int) -> None:
        """End the process without a word, and boot another one after `down_ms`."""
        life = self.life
        if life.loop.is_dead:
            return
        self._trace.happened(f"death by {death}")
        self._diary.violations += life.contained()
        if death == "power":
            self._diary.power_cut()
        life.loop.kill()
        self._network.cut_all(life.loop)
        self.disk.die(death)
        self._kernel.after_ms(down_ms, self.boot)

    def records(self, account: Address) -> list[Record]:
        """An account's journal as it is on the disk now."""
        reader = self.disk.mount(ProcessLoop(self._kernel, "reader"))
        return list(read_records(reader, journal_folder(account), Record))

    def records_since_state(self, account: Address) -> list[Record]:
        """What a process that began now would read of it."""
        reader = self.disk.mount(ProcessLoop(self._kernel, "reader"))
        return list(read_since_state(reader, journal_folder(account)))

    def strategy_ids(self, account: int) -> list[StrategyId]:
        """Who trades an account, by the account's number."""
        count = len(self._shape.strategies[account])
        return [StrategyId(f"restless-{account}-{number}") for number in range(count)]

    async def _live(self, life: Life) -> None:
        """A process's main. Whoever watches over it starts another when it gives up."""
        try:
            life.runtime = self._runtime(life)
            await life.runtime.start()
        except HiveError as error:
            self._trace.note(f"{life.loop.name} gives up: {error}")
            self._trace.happened("start failed")
            self.die("kill", REBOOT_MS)
        else:
            life.is_started = True

    def _runtime(self, life: Life) -> Runtime:
        shape, loop = self._shape, life.loop
        accounts = [
            AccountPlan(signer=signer, strategies=self._strategies(life, number, shapes))
            for number, (signer, shapes) in enumerate(
                zip(self._signers, shape.strategies, strict=True)
            )
        ]
        plan = RuntimePlan(
            venue_url=URL,
            accounts=tuple(accounts),
            limits=shape.limits,
            durability=shape.durability,
            cross_inside=shape.cross_inside,
        )
        seams = Seams(
            clock=self.clock,
            net=self._network.of_process(loop, ip=IP),
            disk=self.disk.mount(loop),
            rng=self._rng.fork(loop.name),
        )
        return Runtime(plan, seams, Notices(self.clock))

    def _strategies(
        self, life: Life, account: int, shapes: Iterable[StrategyShape]
    ) -> tuple[StrategyPlan, ...]:
        plans: list[StrategyPlan] = []
        for name, shape in zip(self.strategy_ids(account), shapes, strict=True):
            seed = int.from_bytes(self._rng.fork(f"{life.loop.name}/{name}").token(4), "big")
            settings = RestlessSettings(
                coin=shape.coin,
                seed=seed,
                pause_ms=shape.pause_ms,
                orders_max=shape.orders_max,
                size_usd=shape.size_usd,
                deeds=shape.deeds,
            )
            restless = Restless(settings, self._diary)
            life.strategies.append(restless)
            plans.append(StrategyPlan(strategy_id=name, strategy=restless))
        return tuple(plans)
