"""What leaves, and when: the waiting orders of one turn in as few actions as the budgets admit.

    cancels ─────────────────▶ at once                                      (counted, never held)
    lanes ──fair turn──▶ replaces, post-only orders, other orders ──▶ batches ──▶ sender
              ▲
              ╰─ while the link is open, the books are in step with the venue, and the pace allows

What may not go now stays in its lane and goes at the moment `next_ms` names, or is given back.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hive.connection.rate_budget import AddressBudget, IpBudget
from hive.domain.errors import DiskFailed, IllegalOrder, NotSent
from hive.domain.identifiers import Cloid, Oid
from hive.domain.instruments import Universe
from hive.domain.orders import OrderPhase, TimeInForce
from hive.execution.account_books import AccountBooks
from hive.execution.action_sender import ActionSender
from hive.execution.batching import (
    Batch,
    BatchKind,
    Instruction,
    cancel_instruction,
    oid_cancel_instruction,
    order_instruction,
    replace_instruction,
)
from hive.execution.departures import Departure, Departures
from hive.execution.dispatched import Dispatched
from hive.execution.economy import ActionPace, MessagePace, Throttle
from hive.execution.fair_queue import FairQueue, Waiting
from hive.execution.grouping import Apart, Group, Groups
from hive.execution.legs import Replacement
from hive.execution.netting import venue_may_enforce
from hive.execution.order_life import OrderLife
from hive.execution.order_taking import OrderTaking
from hive.execution.ports import ActionLink
from hive.execution.triggered import is_waiting

TURN_MAX: Final = 400
"""Orders sent in one turn of the loop; the rest after others have had theirs."""
RETRY_MS: Final = 100
"""When to look again after something that tells no time of its own."""


class Roads:
    """The ways out: the account's socket, and HTTP for what cannot wait while it is down."""

    def __init__(self, link: ActionLink, fallback: ActionLink | None = None) -> None:
        self._link = link
        self._fallback = fallback

    @property
    def is_open(self) -> bool:
        return self._link.is_open

    @property
    def ordinary(self) -> ActionLink:
        return self._link

    @property
    def urgent(self) -> ActionLink:
        if self._fallback is None or self._link.is_open:
            return self._link
        return self._fallback


class Outbound:
    """Sends what waits, as far as it may."""

    def __init__(
        self,
        books: AccountBooks,
        queue: FairQueue,
        taking: OrderTaking,
        *,
        universe: Universe,
        sender: ActionSender,
        roads: Roads,
        ip_budget: IpBudget,
        budget: AddressBudget,
        pace: ActionPace,
        message_pace: MessagePace,
        throttle: Throttle,
        batch_len_max: int,
        departures: Departures,
        hold: Callable[[], str | None],
    ) -> None:
        """`hold` says why nothing ordinary may leave now; None if it may."""
        self._books = books
        self._queue = queue
        self._taking = taking
        self._universe = universe
        self._sender = sender
        self._roads = roads
        self._ip = ip_budget
        self._budget = budget
        self._pace = pace
        self._messages = message_pace
        self._throttle = throttle
        self._batch_len_max = batch_len_max
        self._departures = departures
        self._shared = departures.shared
        self._kept_back: list[Waiting] = []
        self._hold = hold
        self._is_blocked = False
        self.oid_cancels: dict[Oid, str] = {}
        """Legs to be cancelled that no order of ours answers for, with their coin."""

    def flush(self, now_ms: int) -> None:
        """Send what may go."""
        if self._taking.cancels or self.oid_cancels:
            self._send_cancels(now_ms)
        if len(self._queue):
            for entry in self._queue.expire(now_ms):
                reason = self._departures.why_waiting(entry.cloid) or self._why(now_ms)
                self._taking.end_waiting(entry, reason, now_ms)
            self._send_waiting(now_ms)

    def next_ms(self, now_ms: int) -> int | None:
        """When `flush` has something to do again, at the latest; None if nothing waits."""
        if not (len(self._queue) or self._taking.cancels or self.oid_cancels):
            return None
        due_ms = self._queue.next_due_ms(now_ms)
        if due_ms is not None and self._is_blocked:
            # Nothing to wait for by the clock: a link or a reconciliation has to come back.
            waits = (part.wait_ms(now_ms) for part in (self._pace, self._messages, self._throttle))
            due_ms = now_ms + min(max(waits) or RETRY_MS, RETRY_MS)
        cancels = [*self._taking.cancels.values(), *(now_ms for _ in self.oid_cancels)]
        if cancels:
            cancel_ms = max(min(cancels), now_ms + RETRY_MS)  # what could go has gone
            due_ms = cancel_ms if due_ms is None else min(due_ms, cancel_ms)
        return due_ms

    # --- cancels --------------------------------------------------------------------------------

    def _send_cancels(self, now_ms: int) -> None:
        cancels = self._taking.cancels
        for cloid in [cloid for cloid in cancels if not self._is_cancel_wanted(cloid)]:
            del cancels[cloid]
        ready = [cloid for cloid, due_ms in cancels.items() if due_ms <= now_ms]
        while ready:
            chunk = ready[: self._room_for_cancels(len(ready), now_ms)]
            lives = [self._books.dispatch.live(cloid) for cloid in chunk]
            instructions = [
                cancel_instruction(life, self._universe.of_coin(life.intent.coin))
                for life in lives
                if life is not None
            ]
            if not chunk or not self._send_urgent(BatchKind.CANCELS, instructions, now_ms):
                break
            for life in lives:
                assert life is not None
                life.cancel_sent = True
                life.cancel_early = life.phase is not OrderPhase.RESTING
                life.cancel_attempts += 1
                del cancels[life.cloid]
            ready = ready[len(chunk) :]
        self._send_oid_cancels(now_ms)

    def _is_cancel_wanted(self, cloid: Cloid) -> bool:
        life = self._books.dispatch.live(cloid)
        return life is not None and not life.cancel_sent

    def _send_oid_cancels(self, now_ms: int) -> None:
        while self.oid_cancels:
            room = self._room_for_cancels(len(self.oid_cancels), now_ms)
            chunk = list(self.oid_cancels.items())[:room]
            instructions = [
                oid_cancel_instruction(oid, self._universe.of_coin(coin)) for oid, coin in chunk
            ]
            if not chunk or not self._send_urgent(BatchKind.OID_CANCELS, instructions, now_ms):
                break
            for oid, _ in chunk:
                del self.oid_cancels[oid]

    def _room_for_cancels(self, wanted: int, now_ms: int) -> int:
        if not self._may_send_urgent(now_ms):
            return 0
        room = min(wanted, self._batch_len_max)
        if room and not self._budget.admits("cancel", room, now_ms, urgent=True):
            room = int(self._budget.admits("cancel", 1, now_ms, urgent=True))
        return room

    def _send_urgent(self, kind: BatchKind, instructions: list[Instruction], now_ms: int) -> bool:
        try:
            self._sender.send(Batch(kind, tuple(instructions)), self._roads.urgent)
        except NotSent:
            return False
        self._messages.sent(now_ms, self._messages_used)
        return True

    # --- orders and replaces --------------------------------------------------------------------

    def _send_waiting(self, now_ms: int) -> None:
        room = self._room(now_ms, urgent=False) if self._may_send(now_ms) else 0
        entries = self._queue.take(room, now_ms)
        self._is_blocked = not room
        if len(self._queue) and self._may_send_urgent(now_ms):
            entries += self._queue.take_urgent(self._room(now_ms, urgent=True) - len(entries))
        groups = self._grouped(entries, now_ms)
        if self._shared:
            groups = self._after_departures(groups, now_ms)
        while groups:
            kind, group = groups[0]
            unsent = self._send_group(kind, group, now_ms)
            if unsent:
                self._is_blocked = True
                groups[0] = (kind, unsent)
                for unsent_kind, rest in reversed(groups):
                    self._put_back(unsent_kind, rest)
                break
            del groups[0]

    def _may_send(self, now_ms: int) -> bool:
        return (
            self._roads.is_open
            and self._hold() is None
            and not self._throttle.wait_ms(now_ms)
            and not self._messages.wait_ms(now_ms)
            and self._ip.posts.admits()
            and self._ip.messages.admits(1, now_ms)
        )

    def _may_send_urgent(self, now_ms: int) -> bool:
        return (
            self._roads.urgent.is_open
            and self._ip.posts.admits(urgent=True)
            and self._ip.messages.admits(1, now_ms, urgent=True)
        )

    def _room(self, now_ms: int, *, urgent: bool) -> int:
        room = TURN_MAX if urgent else self._pace.room(now_ms)
        return min(room, TURN_MAX, self._budget.room(now_ms, urgent=urgent))

    def _messages_used(self, now_ms: int) -> int:
        return self._ip.messages.snapshot(now_ms).used

    def _why(self, now_ms: int) -> str:
        """What kept an order waiting for too long."""
        reason = self._hold()
        if reason is not None:
            return reason
        if not self._roads.is_open:
            return "link: the way to the venue is closed"
        if wait_ms := self._throttle.wait_ms(now_ms):
            return f"throttle: the venue asked for less; try again in {wait_ms} ms"
        if wait_ms := self._pace.wait_ms(now_ms):
            return f"address budget: try again in {wait_ms} ms"
        return "quota: more was asked for than may be sent in time"

    def _grouped(self, entries: list[Waiting], now_ms: int) -> Groups:
        """The entries by kind and class, in the order in which they are sent."""
        replaces: tuple[Group, Group] = ([], [])
        orders: tuple[Group, Group] = ([], [])
        apart, units = Apart(), self._taking.units
        live = self._books.dispatch.live
        for entry in entries:
            if units and (unit := units.led_by(entry.cloid)):
                self._add_unit(apart, entry, unit, now_ms)
                continue
            life = live(entry.cloid)
            if life is None or not self._may_leave(entry, life, now_ms):
                continue
            instruction = self._instruction(life, now_ms)
            if instruction is None:
                continue
            if life.intent.options is not None:
                apart.add(entry, instruction, life)
                continue
            is_taker = life.intent.tif is not TimeInForce.ALO
            (replaces if life.is_sent else orders)[is_taker].append((entry, instruction))
        return apart.merged(replaces, orders)

    def _add_unit(self, apart: Apart, entry: Waiting, unit: tuple[Cloid, ...], now_ms: int) -> None:
        """All orders of a unit, if all may leave; the entry stands for them."""
        lives = [life for cloid in unit if (life := self._books.dispatch.live(cloid)) is not None]
        if not all(self._may_leave(entry, life, now_ms) for life in lives):
            return
        found: Group = []
        for life in lives:
            rider = Waiting(life.cloid, life.strategy, entry.deadline_ms, entry.is_urgent)
            instruction = self._instruction(life, now_ms)
            assert instruction is not None  # they are not sent yet
            found.append((rider, instruction))
        apart.add_unit(found, lives)

    def _may_leave(self, entry: Waiting, life: OrderLife, now_ms: int) -> bool:
        if life.intent.coin not in self._shared:
            return True
        departure = self._departures.judge(life, now_ms)
        if departure is Departure.WAIT:
            self._kept_back.append(entry)
        return departure is Departure.GO

    def _after_departures(self, groups: Groups, now_ms: int) -> Groups:
        """Put back what may not leave yet, and cancel what is in the way of what leaves.

        That may be what was to leave in the same turn.
        """
        self._departures.turn_over()
        if self._kept_back:
            self._queue.put_back(self._kept_back)
            self._kept_back.clear()
            self._is_blocked = True
        if self._taking.cancels:
            self._send_cancels(now_ms)
        live = self._books.dispatch.live
        left = [(kind, [pair for pair in group if live(pair[0].cloid)]) for kind, group in groups]
        return [(kind, group) for kind, group in left if group]

    def _instruction(self, life: OrderLife, now_ms: int) -> Instruction | None:
        intent = life.intent
        instrument = self._universe.of_coin(intent.coin)
        if not life.is_sent:
            reduces = self._venue_reduces(life, life.size, life.limit_px)
            return order_instruction(life, instrument, reduce_only=reduces)
        if life.wanted is None or life.replacement is not None:
            return None
        size, limit_px, trigger = life.wanted
        if trigger is not None and not is_waiting(life):
            self._taking.drop_replace(life, "its price has come meanwhile", now_ms)
            return None
        rest = size - life.filled
        reduces = self._venue_reduces(life, rest, limit_px)
        try:
            instrument.check_order(limit_px, rest, reduce_only=reduces)
        except IllegalOrder as error:
            self._taking.drop_replace(life, f"{error} (it filled meanwhile)", now_ms)
            return None
        is_trim = size == life.size and limit_px == life.limit_px and trigger is None
        life.wanted = None
        life.replacement = Replacement(size, limit_px, rest, is_trim, trigger)
        return replace_instruction(life, instrument, reduce_only=reduces)

    def _venue_reduces(self, life: OrderLife, size: Decimal, px: Decimal) -> bool:
        intent = life.intent
        if not intent.reduce_only:
            return False
        reduces = venue_may_enforce(intent, size * px, self._books.positions, self._books.exposure)
        self._departures.sends(life, reduce_only=reduces)
        return reduces

    def _send_group(self, kind: BatchKind, group: Group, now_ms: int) -> Group:
        """Send a group in its batches; what is left of it when the way turns out to be closed."""
        live = self._books.dispatch.live
        for start in range(0, len(group), self._batch_len_max):
            part = group[start : start + self._batch_len_max]
            is_urgent = all(entry.is_urgent for entry, _ in part)
            road = self._roads.urgent if is_urgent else self._roads.ordinary
            batch = Batch(kind, tuple([item for _, item in part]))
            try:
                self._sender.send(batch, road, only_reduces=is_urgent)
            except NotSent:
                return group[start:]
            except DiskFailed as error:
                self._give_up(kind, part, f"journal: {error}", now_ms)
                continue
            self._messages.sent(now_ms, self._messages_used)
            for entry, _ in part:
                life = live(entry.cloid)
                assert life is not None
                life.is_sent = True
            if self._taking.units:
                self._taking.units.dissolve(part[0][0].cloid)
        return []

    def _put_back(self, kind: BatchKind, group: Group) -> None:
        for entry, _ in group:
            life = self._books.dispatch.live(entry.cloid)
            if kind is BatchKind.REPLACES and life is not None and life.replacement is not None:
                unsent, life.replacement = life.replacement, None
                life.wanted = (unsent.size, unsent.limit_px, unsent.trigger)
        self._queue.put_back(self._taking.units.folded([entry for entry, _ in group]))

    def _give_up(self, kind: BatchKind, group: Group, reason: str, now_ms: int) -> None:
        """The disk refused what opens risk; what only reduces goes without it."""
        self._put_back(kind, [(entry, item) for entry, item in group if entry.is_urgent])
        for entry in [entry for entry, _ in group if not entry.is_urgent]:
            life = self._books.dispatch.live(entry.cloid)
            if kind is BatchKind.ORDERS or life is None:
                self._taking.end_waiting(entry, reason, now_ms)
            else:
                out = Dispatched()
                life.replace_rejected(life.replacement, f"not sent: {reason}", out)
                self._books.take_life(life, out, now_ms)
