"""What the venue provably did not carry out, on its way out once more.

A batch that one of its orders spoiled goes in halves, one whose nonce was refused goes whole; what
of it is no longer wanted ends here. All of it counts against every budget, as it does at the venue.
Where there is no room it waits, in the order in which it was sent first and before everything in
the lanes, which was asked for later. Cancels do not wait: those that find no room are asked for
anew, and go with the others.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from hive.domain.errors import DiskFailed, NotSent
from hive.domain.identifiers import StrategyId
from hive.domain.orders import NotSentOutcome, OrderNews, OrderPhase
from hive.execution.books.account_books import AccountBooks
from hive.execution.orders.dispatched import Dispatched
from hive.execution.orders.order_life import OrderLife
from hive.execution.queue.admission import Admission, Roads
from hive.execution.queue.fair_queue import FairQueue
from hive.execution.queue.overload import Overload
from hive.execution.sending.action_sender import ActionSender, Place, SentAction
from hive.execution.sending.batching import Batch, BatchKind, Instruction
from hive.portfolio.switchboard import Switchboard

RESENDS_FIRST: Final = "resend: what was sent before goes first"


class Resend(msgspec.Struct, frozen=True):
    """A batch that waits to be sent again; `text` is why it was refused."""

    place: Place
    batch: Batch
    attempts: int
    text: str
    deadline_ms: int


class Resends:
    """Sends again, as far as it may, and ends what does not go."""

    def __init__(
        self,
        books: AccountBooks,
        sender: ActionSender,
        *,
        admission: Admission,
        roads: Roads,
        queue: FairQueue,
        switches: Switchboard,
        sent: defaultdict[StrategyId, int],
        hold: Callable[[], str | None],
        on_lone: Callable[[Batch, NotSentOutcome, int], None],
        soon: Callable[[], None],
        slice_max: int,
        wait_max_ms: int,
    ) -> None:
        """`sent` counts what left, by strategy; `hold` says why nothing that opens risk may leave;
        `soon` has the desk take a turn. In one turn `slice_max` orders go of what waits, and none
        waits for longer than `wait_max_ms`.
        """
        self._books = books
        self._sender = sender
        self._admission = admission
        self._roads = roads
        self._queue = queue
        self._switches = switches
        self._sent = sent
        self._hold = hold
        self._on_lone = on_lone
        self._soon = soon
        self._slice_max = slice_max
        self._wait_max_ms = wait_max_ms
        self.waiting: list[Resend] = []
        """By their places; to be read only."""
        self._room = 0
        """What the slice that is being sent has left."""

    def again(
        self, sent: SentAction, batches: Iterable[Batch], text: str, now_ms: int, *, attempts: int
    ) -> None:
        """Have the batches sent, which are all of an action that was refused, in order."""
        place = sent.place or Place(sent.nonce, 0)
        for batch in batches:
            resend = Resend(place, batch, attempts, text, now_ms + self._wait_max_ms)
            place = Place(place.nonce, place.offset + len(batch))
            if batch.is_lone:
                self._send_alone(resend, now_ms)
            elif batch.is_cancel:
                self._cancel(resend, now_ms)
            else:
                insort(self.waiting, resend, key=_place_of)
        self.flush(now_ms)
        if self.waiting:
            self._soon()

    def flush(self, now_ms: int) -> None:
        """Send what may go."""
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        self._room, is_blocked = self._slice_max, False
        for resend in waiting:
            is_blocked = self._attempt(resend, now_ms, is_blocked=is_blocked)
        self._books.write()

    def next_ms(self, now_ms: int) -> int | None:
        """When to flush again, at the latest; None if nothing waits."""
        if not self.waiting:
            return None
        if self._room <= 0:
            return now_ms
        deadline_ms = min(resend.deadline_ms for resend in self.waiting)
        return min(deadline_ms, now_ms + self._admission.wait_ms(now_ms))

    def unsent(
        self, batch: Batch, reason: str, now_ms: int, retry_after_ms: int | None = None
    ) -> None:
        """No byte of it is at the venue, nor will be."""
        if batch.is_lone:
            self._on_lone(batch, NotSentOutcome(reason), 0)
        for instruction, life in self._lives(batch):
            out = Dispatched(retry_after_ms=retry_after_ms)
            match batch.kind:
                case BatchKind.ORDERS if life.phase is OrderPhase.PENDING:
                    life.not_sent(OrderNews.NOT_SENT, reason, out)
                case BatchKind.ORDERS:
                    life.order_rejected(reason, out)  # the answer came late
                case BatchKind.REPLACES:
                    life.replace_rejected(instruction.replacement, f"not sent: {reason}", out)
                case _:
                    life.cancel_unanswered(out)
            self._books.take_life(life, out, now_ms)

    # --- one batch --------------------------------------------------------------------------------

    def _attempt(self, resend: Resend, now_ms: int, *, is_blocked: bool) -> bool:
        """Send it as far as there is room; whether others must wait behind it."""
        batch = self._still_wanted(resend.batch, resend.text, now_ms)
        if batch is None:
            return is_blocked
        is_urgent = all(life.intent.reduce_only for _, life in self._lives(batch))
        room = self._room_for(batch, now_ms, is_urgent=is_urgent, is_blocked=is_blocked)
        if room:
            part, batch = batch.cut(room)
            self._room -= len(part)
            self._send(_of(resend, part), now_ms, is_urgent=is_urgent)
        if batch is None:
            return is_blocked
        if now_ms >= resend.deadline_ms:
            why = self._why(now_ms)
            text = f"{resend.text}; then: {why.reason}"
            self.unsent(batch, str(Overload(text, why.retry_after_ms)), now_ms, why.retry_after_ms)
            return is_blocked
        offset = resend.place.offset + room
        place = Place(resend.place.nonce, offset)
        self.waiting.append(msgspec.structs.replace(resend, batch=batch, place=place))
        return is_blocked or not is_urgent

    def _room_for(self, batch: Batch, now_ms: int, *, is_urgent: bool, is_blocked: bool) -> int:
        """How many of its orders may go."""
        if is_urgent:
            room = self._admission.urgent_room(now_ms)
        else:
            room = 0 if is_blocked else self._admission.room_again(now_ms)
        room = max(0, min(room, self._room))
        return len(batch) if room and batch.key.unit is not None else room

    def _why(self, now_ms: int) -> Overload:
        return self._admission.why_under(self._hold(), now_ms)

    def _cancel(self, resend: Resend, now_ms: int) -> None:
        batch = self._still_wanted(resend.batch, resend.text, now_ms)
        if batch is None:
            return
        room = self._admission.cancel_room(len(batch), now_ms, may_gather=False)
        part, rest = batch.cut(room) if room else (None, batch)
        if part is not None:
            self._send(_of(resend, part), now_ms, is_urgent=True)
        if rest is not None:
            self.unsent(rest, resend.text, now_ms)

    def _send_alone(self, resend: Resend, now_ms: int) -> None:
        batch = resend.batch
        reason = self._hold() if batch.expires else None
        reason = reason or self._admission.why_not_alone(
            now_ms, is_cancel=batch.is_cancel, only_reduces=not batch.expires
        )
        if reason is not None:
            self.unsent(batch, f"{resend.text}; then: {reason}", now_ms)
        else:
            self._send(resend, now_ms, is_urgent=not batch.expires)

    def _send(self, resend: Resend, now_ms: int, *, is_urgent: bool) -> None:
        batch = resend.batch
        road = self._roads.urgent if is_urgent else self._roads.ordinary
        try:
            self._sender.send(
                batch,
                road,
                attempts=resend.attempts,
                only_reduces=is_urgent,
                place=resend.place,
            )
        except (NotSent, DiskFailed) as error:
            self.unsent(batch, f"{resend.text}; then: {error}", now_ms)
            return
        for _, life in self._lives(batch):
            self._queue.spend(life.strategy, 1, now_ms)
            self._sent[life.strategy] += 1
        if not is_urgent:
            self._admission.sent(now_ms)

    # --- what is wanted still ---------------------------------------------------------------------

    def _still_wanted(self, batch: Batch, text: str, now_ms: int) -> Batch | None:
        """What of a batch is to be sent again; the rest ends here, for it never arrived."""
        hold = self._hold() if batch.expires else None
        kept: list[Instruction] = []
        is_broken = batch.key.unit is not None and not all(
            _may_go_again(batch.kind, instruction, life, self._barred(life, hold))
            for instruction, life in self._lives(batch)
        )
        for instruction in batch.instructions:
            life = self._life_of(instruction)
            if life is None:
                kept.append(instruction)
                continue
            reason = self._barred(life, hold)
            if not is_broken and _may_go_again(batch.kind, instruction, life, reason):
                kept.append(instruction)
                continue
            out = Dispatched()
            if batch.kind is BatchKind.REPLACES:
                life.replace_rejected(instruction.replacement, reason or text, out)
            elif batch.kind is BatchKind.ORDERS:
                _leave_out(life, reason, text, out)
            self._books.take_life(life, out, now_ms)
        if len(kept) == len(batch):
            return batch
        return msgspec.structs.replace(batch, instructions=tuple(kept)) if kept else None

    def _barred(self, life: OrderLife, hold: str | None) -> str | None:
        """Why an order must not open risk now; None if it may, or opens none."""
        if life.intent.reduce_only:
            return None
        if hold is None and not self._switches.is_quiet:
            switch = self._switches.of_order(life.strategy, life.intent.coin)
            return None if switch is None else f"kill_switch: {switch.reason}"
        return hold

    def _life_of(self, instruction: Instruction) -> OrderLife | None:
        cloid = instruction.cloid
        return None if cloid is None else self._books.dispatch.life(cloid)

    def _lives(self, batch: Batch) -> list[tuple[Instruction, OrderLife]]:
        pairs = [(i, self._life_of(i)) for i in batch.instructions]
        return [(instruction, life) for instruction, life in pairs if life is not None]


def _place_of(resend: Resend) -> Place:
    return resend.place


def _of(resend: Resend, part: Batch) -> Resend:
    """The first part of it."""
    return resend if part is resend.batch else msgspec.structs.replace(resend, batch=part)


def _may_go_again(
    kind: BatchKind, instruction: Instruction, life: OrderLife, barred: str | None
) -> bool:
    """Whether it is wanted as it was, and known not to be at the venue."""
    match kind:
        case BatchKind.ORDERS:
            is_wanted = life.phase is OrderPhase.PENDING and not life.cancel_asked
        case BatchKind.REPLACES:
            is_wanted = life.replacement is instruction.replacement and not life.cancel_asked
        case _:
            return life.is_live
    return is_wanted and barred is None


def _leave_out(life: OrderLife, barred: str | None, text: str, out: Dispatched) -> None:
    """End an order that was refused along with others and is not sent again."""
    if life.phase is not OrderPhase.PENDING:
        life.order_rejected(text, out)  # the answer came late
    elif life.cancel_asked:
        life.not_sent(OrderNews.CANCELED, "", out)
    else:
        life.not_sent(OrderNews.NOT_SENT, barred or text, out)
