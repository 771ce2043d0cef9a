"""What leaves, and when: the waiting orders of one turn in as few actions as the budgets admit.

    cancels ─────────────────▶ at once                                      (counted, never held)
    lanes ──fair turn──▶ by kind and class, each strategy's in order ──▶ batches ──▶ sender
              ▲
              ╰─ while the link is open, the books are in step with the venue, and the pace allows

What may not go now stays in its lane and goes at the moment `next_ms` names, or is given back. A
turn sends one slice: an action's worth of cancels, then an action's worth of the lanes. The rest
goes in the loop's next turn, so that nobody waits for more than a slice of anybody's flood.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import msgspec

from hive.domain.errors import DiskFailed, NotSent
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Universe
from hive.domain.orders import OrderIntent, OrderPhase
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.dispatched import Dispatched
from hive.execution.orders.order_life import OrderLife
from hive.execution.queue.admission import Admission, Roads
from hive.execution.queue.fair_queue import FairQueue, Shut
from hive.execution.queue.lane import Waiting
from hive.execution.queue.overload import Overload
from hive.execution.queue.post_only import PostOnlyPeriod
from hive.execution.sending.action_sender import ActionSender
from hive.execution.sending.batching import (
    Batch,
    BatchKind,
    Instruction,
    cancel_instruction,
    oid_cancel_instruction,
)
from hive.execution.sending.departures import GO, Departure, Departures
from hive.execution.sending.grouping import Group, Groups, TurnGroups, in_turns, kind_of
from hive.execution.sending.inside import InsideCrossing
from hive.execution.sending.instructions import Instructions
from hive.execution.sending.orphan_cancels import OrphanCancels

FLOOD_MIN: Final = 25
"""So many waiting are a turn of their own, after that of the cancels."""
SHUT_MS_MAX: Final = 1_000
"""So long orders are turned away at once before it is looked again whether they must be."""


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
        admission: Admission,
        batch_len_max: int,
        departures: Departures,
        post_only: PostOnlyPeriod,
        inside: InsideCrossing | None,
        patience_ms: int,
    ) -> None:
        """`patience_ms` is how long an order may wait to be sent."""
        self._books = books
        self._queue = queue
        self._taking = taking
        self._live = books.dispatch.live
        self._universe = universe
        self._sender = sender
        self._roads = roads
        self._admission = admission
        self._batch_len_max = batch_len_max
        self._departures = departures
        self._instructions = Instructions(books, taking, departures, universe)
        self._shared = departures.shared
        self._post_only = post_only
        self._inside = inside
        self._kept_back: list[Waiting] = []
        self._patience_ms = patience_ms
        self._is_blocked = False
        self._why_blocked: Overload | None = None
        self._is_cancel_left = False
        """More cancels could go, in the loop's next turn."""
        self.sent: defaultdict[StrategyId, int] = defaultdict(int)
        """Orders, replaces and cancels that left, by strategy."""
        self._has_cancelled = self._has_made_way = False
        self.orphans = OrphanCancels()

    def flush(self, now_ms: int) -> None:
        """Send what may go in this turn."""
        if self._taking.cancels or self.orphans.wanted:
            self._send_cancels(now_ms)
            if self._makes_way_for_cancels():
                return
        if self._queue.waiting:
            for entry in self._queue.expire(now_ms):
                self._turn_away(entry, self._why_late(entry, now_ms), now_ms)
            self._send_waiting(now_ms)

    def _makes_way_for_cancels(self) -> bool:
        """Whether a slice waits for its next turn: bytes leave when a turn ends, those of cancels
        not after the signing of many orders. Not twice in a row."""
        makes_way = (
            len(self._queue.waiting) > FLOOD_MIN and self._has_cancelled and not self._has_made_way
        )
        self._has_made_way = makes_way
        return makes_way

    def next_ms(self, now_ms: int) -> int | None:
        """When `flush` has something to do again, at the latest; None if nothing waits."""
        if not (self._queue.waiting or self._taking.cancels or self.orphans.wanted):
            return None
        due_ms = self._queue.next_due_ms(now_ms)
        if due_ms is not None and self._is_blocked:
            due_ms = now_ms + self._admission.wait_ms(now_ms)
        cancels = list(self._taking.cancels.values())
        orphan_ms = self.orphans.next_ms()
        if orphan_ms is not None:
            cancels.append(orphan_ms)
        if cancels:
            again_ms = now_ms if self._is_cancel_left else self._admission.urgent_again_ms(now_ms)
            cancel_ms = max(min(cancels), again_ms)
            due_ms = cancel_ms if due_ms is None else min(due_ms, cancel_ms)
        return due_ms

    # --- cancels --------------------------------------------------------------------------------

    def _send_cancels(self, now_ms: int, *, is_all: bool = False) -> None:
        """Send an action's worth of what is due, or with `is_all` all of it."""
        cancels = self._taking.cancels
        for cloid in [cloid for cloid in cancels if not self._is_cancel_wanted(cloid)]:
            del cancels[cloid]
        ready = [cloid for cloid, due_ms in cancels.items() if due_ms <= now_ms]
        if len(ready) > self._batch_len_max:
            ready = in_turns(ready, self._books.dispatch)
        is_sent, before = True, self._sender.signed_actions
        while ready and is_sent:
            wanted = min(len(ready), self._batch_len_max)
            room = self._admission.cancel_room(wanted, now_ms, may_gather=not is_all)
            is_sent = room > 0 and self._send_cancel_action(ready[:room], now_ms)
            ready = ready[room:]
            if not is_all:
                break
        self._is_cancel_left = is_sent and bool(ready)
        self._has_cancelled = self._sender.signed_actions > before
        if self.orphans.wanted:
            self._send_oid_cancels(now_ms)

    def _send_cancel_action(self, cloids: list[Cloid], now_ms: int) -> bool:
        chunk = [life for cloid in cloids if (life := self._live(cloid))]
        instructions = [
            cancel_instruction(life, self._universe.of_coin(life.intent.coin)) for life in chunk
        ]
        if not self._send_urgent(BatchKind.CANCELS, instructions):
            return False
        for life in chunk:
            life.cancel_sent = True
            life.cancel_early = life.phase is not OrderPhase.RESTING
            life.cancel_attempts += 1
            self._queue.spend(life.strategy, 1, now_ms)
            self.sent[life.strategy] += 1
            del self._taking.cancels[life.cloid]
        return True

    def _is_cancel_wanted(self, cloid: Cloid) -> bool:
        life = self._live(cloid)
        return life is not None and not life.cancel_sent

    def _send_oid_cancels(self, now_ms: int) -> None:
        due = self.orphans.due(now_ms)
        room = self._admission.cancel_room(min(len(due), self._batch_len_max), now_ms)
        chunk = due[:room]
        instructions = [
            oid_cancel_instruction(oid, self._universe.of_coin(coin)) for oid, coin in chunk
        ]
        if chunk and self._send_urgent(BatchKind.OID_CANCELS, instructions):
            for oid, _ in chunk:
                self.orphans.sent(oid, now_ms)

    def _send_urgent(self, kind: BatchKind, instructions: list[Instruction]) -> bool:
        try:
            self._sender.send(Batch(kind, tuple(instructions)), self._roads.urgent)
        except NotSent:
            return False
        return True

    # --- orders and replaces --------------------------------------------------------------------

    def _send_waiting(self, now_ms: int) -> None:
        queue, slice_max = self._queue, self._batch_len_max
        rooms = self._admission.rooms(now_ms, queue.is_light_waiting)
        entries: list[Waiting] = []
        if rooms.light:
            light_room = min(rooms.light, slice_max)
            entries = queue.take(min(rooms.heavy, slice_max), now_ms, light_room)
        self._is_blocked = not (entries and rooms.heavy)
        if self._is_blocked and queue.waiting:
            urgent_room = min(self._admission.urgent_room(now_ms), slice_max)
            entries = queue.take_urgent(urgent_room, now_ms) + entries
            prepaid_room = min(rooms.prepaid, slice_max) - len(entries)
            entries += queue.take_prepaid(prepaid_room, now_ms)
            self._shut(now_ms)
        if self._inside is not None and self._shared:
            waits = self._inside.cross(entries, now_ms)
            if waits:
                self._kept_back += [entry for entry in entries if entry.cloid in waits]
                entries = [entry for entry in entries if entry.cloid not in waits]
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

    def _shut(self, now_ms: int) -> None:
        """Turn away at once what cannot be sent before it has waited for too long."""
        self._why_blocked = None
        for squeeze in self._admission.squeezes(now_ms, self._patience_ms):
            overload = squeeze.overload
            self._why_blocked = self._why_blocked or overload
            until_ms = now_ms + min(overload.retry_after_ms or 0, SHUT_MS_MAX)
            shut = Shut(overload, now_ms, until_ms, squeeze.is_heavy_only)
            for entry in self._queue.shut(shut, squeeze.keep):
                self._turn_away(entry, overload, now_ms)

    def _why_late(self, entry: Waiting, now_ms: int) -> Overload:
        reason = self._departures.why_waiting(entry.cloid)
        if reason is not None:
            return Overload(reason)
        return (self._is_blocked and self._why_blocked) or self._admission.why(now_ms)

    def _turn_away(self, entry: Waiting, why: Overload, now_ms: int) -> None:
        self._queue.pay_back(entry)
        self._taking.end_waiting(entry, str(why), now_ms, why.retry_after_ms)

    def _grouped(self, entries: list[Waiting], now_ms: int) -> Groups:
        """The entries in the actions in which they are sent; what is too much for one turn is put
        back."""
        groups, is_lone = TurnGroups(), len(entries) == 1
        is_plain = now_ms >= self._post_only.until_ms and not self._taking.units.are_waiting
        put = self._put_one if is_plain else self._put
        for number, entry in enumerate(entries):
            life = self._live(entry.cloid)
            if life is None:
                self._queue.pay_back(entry)
                continue
            if is_lone:  # the usual turn
                alone: Group = []
                kind = kind_of(life)
                put(entry, life, alone, now_ms)
                return [(kind, alone)] if alone else []
            joined = groups.joined_by(life)
            if joined is None:
                self._queue.put_back(entries[number:])
                break
            put(entry, life, joined, now_ms)
        return groups.in_order()

    def _put(self, entry: Waiting, life: OrderLife, group: Group, now_ms: int) -> None:
        """Put an order into a group, or all of its unit, for which the entry stands; if it may
        leave."""
        if now_ms < self._post_only.until_ms and self._post_only.holds_back(life, now_ms):
            self._turn_away(entry, self._post_only.overload(now_ms), now_ms)
            return
        units = self._taking.units
        if units.are_waiting and (unit := units.led_by(entry.cloid)):
            self._put_unit(entry, [it for each in unit if (it := self._live(each))], group, now_ms)
            return
        self._put_one(entry, life, group, now_ms)

    def _put_one(self, entry: Waiting, life: OrderLife, group: Group, now_ms: int) -> None:
        if life.intent.coin in self._shared:
            departure = self._departures.judge(life, now_ms)
            if departure is not GO:
                self._stays(entry, departure)
                return
        instruction = self._instructions.of(life, now_ms)
        if instruction is None:
            self._queue.pay_back(entry)
        else:
            group.append((entry, instruction))

    def _put_unit(self, entry: Waiting, lives: list[OrderLife], group: Group, now_ms: int) -> None:
        for life in lives:
            if life.intent.coin in self._shared:
                departure = self._departures.judge(life, now_ms)
                if departure is not GO:
                    self._stays(entry, departure)
                    return
        for life in lives:
            instruction = self._instructions.of(life, now_ms)
            if instruction is not None:
                rider = entry
                if life.cloid != entry.cloid:
                    rider = msgspec.structs.replace(entry, cloid=life.cloid)
                group.append((rider, instruction))

    def _stays(self, entry: Waiting, departure: Departure) -> None:
        """It does not leave now, or not at all; of which its strategy was told."""
        if departure is Departure.WAIT:
            self._kept_back.append(entry)
        else:
            self._queue.pay_back(entry)

    def _after_departures(self, groups: Groups, now_ms: int) -> Groups:
        """Put back what may not leave yet, and cancel what is in the way of what leaves.

        That may be what was to leave in the same turn.
        """
        if self._kept_back:
            self._queue.put_back(self._kept_back)
            self._kept_back.clear()
            self._is_blocked = True
        if self._taking.cancels:
            self._send_cancels(now_ms, is_all=True)
        if not self._departures.turn_over():
            return groups
        live = self._live
        left = [(kind, [pair for pair in group if live(pair[0].cloid)]) for kind, group in groups]
        return [(kind, group) for kind, group in left if group]

    def _send_group(self, kind: BatchKind, group: Group, now_ms: int) -> Group:
        """Send a group in its batches; what is left of it when the way turns out to be closed."""
        live = self._live
        for start in range(0, len(group), self._batch_len_max):
            part = group[start : start + self._batch_len_max]
            is_urgent = part[0][0].is_urgent and all(entry.is_urgent for entry, _ in part)
            road = self._roads.urgent if is_urgent else self._roads.ordinary
            batch = Batch(kind, tuple([item for _, item in part]))
            try:
                self._sender.send(batch, road, only_reduces=is_urgent)
            except NotSent:
                return group[start:]
            except DiskFailed as error:
                self._give_up(kind, part, Overload(f"journal: {error}"), now_ms)
                continue
            if not is_urgent:
                self._admission.sent(now_ms)
            for entry, item in part:
                life = live(entry.cloid)
                assert life is not None
                life.is_sent = True
                if life.intent.options is not None and isinstance(item.intent, OrderIntent):
                    self._books.kept_children.sent(item.intent)
                self.sent[entry.strategy] += 1
            if self._taking.units.are_waiting:
                self._taking.units.dissolve(part[0][0].cloid)
        return []

    def _put_back(self, kind: BatchKind, group: Group) -> None:
        for entry, _ in group:
            life = self._live(entry.cloid)
            if kind is BatchKind.REPLACES and life is not None and life.replacement is not None:
                unsent, life.replacement = life.replacement, None
                life.wanted = (unsent.size, unsent.limit_px, unsent.trigger)
        self._queue.put_back(self._taking.units.folded([entry for entry, _ in group]))

    def _give_up(self, kind: BatchKind, group: Group, why: Overload, now_ms: int) -> None:
        """The disk refused what opens risk; what only reduces goes without it."""
        self._put_back(kind, [(entry, item) for entry, item in group if entry.is_urgent])
        for entry in [entry for entry, _ in group if not entry.is_urgent]:
            life = self._live(entry.cloid)
            if kind is BatchKind.ORDERS or life is None:
                self._turn_away(entry, why, now_ms)
            else:
                out = Dispatched()
                life.replace_rejected(life.replacement, f"not sent: {why}", out)
                self._books.take_life(life, out, now_ms)
