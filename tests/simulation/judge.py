"""The end of a world: everything that anybody believes, against the venue's truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from tests.simulation import checks
from tests.simulation.draw import WorldShape
from tests.simulation.machine import Machine
from tests.simulation.replay import OwnerOf, owners_by, replay_differs
from tests.simulation.trace import Trace
from tests.simulation.twap_checks import running_differ

from hive.domain.identifiers import Address, Cloid
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.truth import AccountTruth, TrueFill
from hive.simulation.virtual_time import NS_PER_MS, Kernel, Stuck
from hive.storage.records import Record

SETTLING_MS_MAX: Final = 3_000
SETTLING_STEP_MS: Final = 100
STOP_MS_MAX: Final = 60_000


class Judge:
    """Knows everything, and takes part in nothing but the stop."""

    def __init__(
        self,
        shape: WorldShape,
        kernel: Kernel,
        venue: LocalVenue,
        machine: Machine,
        *,
        diary: checks.Diary,
        accounts: Sequence[Address],
        trace: Trace,
        pass_ms: Callable[[int], None],
    ) -> None:
        """`pass_ms` lets the world's time go by."""
        self._shape = shape
        self._kernel = kernel
        self._venue = venue
        self._machine = machine
        self._diary = diary
        self._accounts = accounts
        self._trace = trace
        self._pass_ms = pass_ms
        self._stopped_ms = 0

    def violations(self) -> list[str]:
        """What is wrong after calm; then the runtime is stopped, and what is wrong after that."""
        life = self._machine.life
        wrong = life.contained()
        if life.is_started:
            wrong += self._settled_differences()
            wrong += self._stop()
        else:
            wrong.append("I3 after the calm the runtime has not started")
        for account in self._accounts:
            wrong += self._of_account(account)
        wrong += [f"unhandled: {failure}" for failure in self._kernel.failures]
        refused = self._venue.counters()["refusals"].get("nonce", 0)
        wrong += [f"I10 the venue refused {refused} nonces"] if refused else []
        return [*self._diary.violations, *self._diary.twaps.violations, *wrong]

    def _settled_differences(self) -> list[str]:
        """Markets go on, so something may be on its way: all must be right at one moment soon."""
        waited_ms = 0
        wrong = self._differences()
        while wrong and waited_ms < SETTLING_MS_MAX:
            waited_ms += SETTLING_STEP_MS
            self._pass_ms(SETTLING_STEP_MS)
            wrong = self._differences()
        return wrong

    def _differences(self) -> list[str]:
        runtime = self._machine.life.runtime
        assert runtime is not None
        self._adopt()  # each time: a desk may place of its own accord at any moment
        wrong: list[str] = []
        owners = self._diary.owner_by_cloid
        for number, account in enumerate(self._accounts):
            truth = self._truth(account)
            names = self._machine.strategy_ids(number)
            desk = runtime.desks[account]
            wrong += checks.orders_differ(truth, desk, names, owners)
            wrong += checks.unsettled(desk.snapshot())
            twaps = self._venue.past_twaps(account)
            live = [twap for name in names for twap in desk.twaps.open(name)]
            wrong += running_differ(twaps, {twap.twap_id: twap for twap in live})
            if not wrong:  # a journal is long to read, so it is read when all else is right
                records = self._machine.records(account)
                slicers = self._diary.twaps.owners(twaps)
                wrong += checks.fills_differ(truth, records, owners, slicers=slicers)
                wrong += checks.positions_differ(truth, records, desk, names, self._shape.coins)
        return wrong

    def _adopt(self) -> None:
        if self._shape.is_rich:
            for account in self._accounts:
                self._diary.adopt(self._machine.records(account), self._owner_of(account))

    def _stop(self) -> list[str]:
        life = self._machine.life
        assert life.runtime is not None
        self._stopped_ms = self._shape.start_ms + self._kernel.now_ns // NS_PER_MS
        task = life.loop.start(life.runtime.stop())
        try:
            limit_ns = self._kernel.now_ns + STOP_MS_MAX * NS_PER_MS
            uncertain = self._kernel.run_until_done(task, limit_ns=limit_ns)
        except Stuck as stuck:
            return [f"I3 the stop does not end: {stuck}"]
        self._pass_ms(1_000)
        return [f"I3 {uncertain} orders are uncertain after the stop"] if uncertain else []

    def _of_account(self, account: Address) -> list[str]:
        truth = self._truth(account)
        records = self._machine.records(account)
        ours = [order for order in truth.open_orders if checks.is_ours(order.cloid)]
        stays = checks.protecting(records)
        wrong = [f"I3 left by the stop: {order}" for order in ours if order.cloid not in stays]
        if self._shape.is_rich:
            self._diary.adopt(records, self._owner_of(account))
        past = self._venue.past_orders(account)
        if self._shape.is_rich and self._shape.may_lose_records:
            self._diary.adopt_by_name(past, self._owner_of(account))
        owners, unheard = self._diary.owner_by_cloid, self._unheard(truth, stays)
        twaps = self._venue.past_twaps(account)
        slicers = self._diary.twaps.owners(twaps)
        wrong += checks.fills_differ(truth, records, owners, slicers=slicers, unheard=unheard)
        wrong += self._diary.twaps.differences(twaps, self._shape.start_ms)
        wrong += [f"I3 left by the stop: {twap}" for twap in twaps if twap.ended_ms is None]
        wrong += self._replay_differs(account, records)
        wrong += checks.lives_differ(past, self._diary, self._shape.start_ms)
        self._note_rarities(truth)
        return wrong

    def _unheard(self, truth: AccountTruth, stops: frozenset[Cloid]) -> list[TrueFill]:
        """Of stops, which outlast the runtime, once it stops."""
        since_ms = self._stopped_ms
        return [fill for fill in truth.fills if fill.ms >= since_ms and fill.cloid in stops]

    def _replay_differs(self, account: Address, records: list[Record]) -> list[str]:
        """I23: from the last state on, and from the very first record."""
        runtime = self._machine.life.runtime
        if runtime is None or account not in runtime.desks:
            return []
        owner_of = self._owner_of(account)
        live = runtime.desks[account].state()
        since_state = self._machine.records_since_state(account)
        wrong = replay_differs(live, since_state, owner_of)
        return wrong + replay_differs(live, records, owner_of)

    def _owner_of(self, account: Address) -> OwnerOf:
        return owners_by(self._machine.disk, account)

    def _note_rarities(self, truth: AccountTruth) -> None:
        """Count what worlds must meet now and then, though nobody can ask for it."""
        fills = truth.fills
        if any(before.ms == after.ms for before, after in pairwise(fills)):
            self._trace.happened("fills of one millisecond")
        page = self._shape.pages.fills
        if any(fills[at - 1].ms == fills[at].ms for at in range(page, len(fills), page)):
            self._trace.happened("fills of one millisecond at a page's edge")
        if len({fill.tid for fill in fills}) < len({(fill.ms, fill.tid) for fill in fills}):
            self._trace.happened("trade ids that collide")
        if any(fill.cloid is None for fill in fills):
            self._trace.happened("fills of nobody's")

    def _truth(self, account: Address) -> AccountTruth:
        (truth,) = self._venue.truth(account)
        return truth
