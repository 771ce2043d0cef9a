"""What becomes of each order when its action is answered, or is not.

An answer's meaning (`replies`) is carried to the orders it names. What it does not name, and what
is never answered, is in doubt until evidence settles it (`unknowns`). Only what provably was not
carried out is sent again (`resends`): for a nonce that was refused, and in halves when one order of
many spoils a batch, until that one is alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address, Oid
from hive.domain.instruments import ZERO
from hive.domain.orders import (
    Accepted,
    OrderPhase,
    Outcome,
    Rejected,
    Unconfirmed,
)
from hive.domain.twaps import TwapStarted
from hive.execution.books.account_books import AccountBooks
from hive.execution.orders.dispatched import Dispatched, Wish
from hive.execution.orders.legs import Replacement
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.unknowns import Doubt, Unknowns
from hive.execution.sending.action_sender import ActionSender, SentAction
from hive.execution.sending.batching import ORDERS, REPLACES, Batch, BatchKind, Instruction
from hive.execution.sending.orphan_cancels import OrphanCancels
from hive.execution.sending.resends import Resends
from hive.execution.settling.replies import HTTP_OK, Meaning, Reading, read_http_status, read_reply
from hive.execution.settling.restraint import Restraint
from hive.hyperliquid.actions import CancelWire
from hive.hyperliquid.codec_exchange import (
    ActionStatus,
    Done,
    Failed,
    Filled,
    Resting,
    Running,
    Waiting,
    decode_exchange_reply,
)
from hive.runtime.ports import HttpReply

NAMED: Final = Meaning.NAMED
NONCE_ATTEMPTS_MAX: Final = 3
CANNOT_REPLACE: Final = "Cannot modify"
"""So the venue begins when there is nothing left to replace."""
LoneOutcome = Outcome | TwapStarted
OnLone = Callable[[Batch, LoneOutcome, int], None]
"""Hears too when what was sent can no longer arrive, by the venue's clock; 0 if it cannot now."""
UNNAMED: Final = "the answer does not say what became of it"


_TAKEN_OR_NOT: Final = (Resting, Filled, Waiting, Failed)
_DONE_OR_NOT: Final = (Done, Failed)


class Answers:
    """Carries answers to orders."""

    def __init__(
        self,
        books: AccountBooks,
        sender: ActionSender,
        unknowns: Unknowns,
        *,
        restraint: Restraint,
        orphans: OrphanCancels,
        resends: Resends,
        on_lone: OnLone,
        on_key_refused: Callable[[str, int], None],
        on_nonce_floor: Callable[[Address, int, int], None],
    ) -> None:
        """`on_lone` hears what became of an action about no order; `on_nonce_floor` hears whose
        nonce was too low, what the venue's lowest is, and the highest of ours.
        """
        self._books = books
        self._sender = sender
        self._unknowns = unknowns
        self._restraint = restraint
        self._orphans = orphans
        self._resends = resends
        self._on_lone = on_lone
        self._on_key_refused = on_key_refused
        self._on_nonce_floor = on_nonce_floor

    def replied(self, request_id: int, body: bytes, now_ms: int) -> SentAction | None:
        """An answer came, perhaps late; what it was to, None if nobody waits for it."""
        sent = self._sender.answered(request_id)
        if sent is None:
            return None
        try:
            cloids = [instruction.cloid for instruction in sent.batch.instructions]
            is_family = sent.batch.key.grouping != "na"
            reading = read_reply(decode_exchange_reply(body), cloids, is_family=is_family)
        except BadFrame as error:
            reading = Reading(Meaning.UNPROVEN, f"an answer that makes no sense: {error}")
        self.apply(sent, reading, now_ms)
        return sent

    def replied_by_http(self, request_id: int, reply: HttpReply, now_ms: int) -> None:
        """An answer came by HTTP, whose status may be all there is to read."""
        if reply.status == HTTP_OK:
            self.replied(request_id, reply.body, now_ms)
            return
        sent = self._sender.answered(request_id)
        if sent is not None:
            reading = read_http_status(reply.status, reply.body, len(sent.batch))
            self.apply(sent, reading, now_ms)

    def not_answered(self, request_id: int, reason: str, now_ms: int) -> SentAction | None:
        """No answer came: everything in it is in doubt."""
        sent = self._sender.unanswered(request_id)
        if sent is not None:
            self._unknowns.lost(request_id)
            self._doubt_all(sent, reason, now_ms)
        return sent

    def apply(self, sent: SentAction, reading: Reading, now_ms: int) -> None:
        """Do what the answer means."""
        if reading.meaning is NAMED:
            self._named_all(sent, reading, now_ms)
        else:
            self._not_taken_up(sent, reading, now_ms)
        self._books.write()
        self._unknowns.review(self._books.dispatch)

    def _named_all(self, sent: SentAction, reading: Reading, now_ms: int) -> None:
        batch = sent.batch
        if batch.is_lone:
            self._on_lone(batch, _lone_outcome(batch, reading), sent.expires_ms)
            return
        for instruction, status in zip(batch.instructions, reading.items, strict=True):
            self._named(sent, instruction, status, now_ms)

    def _not_taken_up(self, sent: SentAction, reading: Reading, now_ms: int) -> None:
        batch, text = sent.batch, reading.text
        self._restraint.heed(reading.meaning, now_ms)
        match reading.meaning:
            case Meaning.UNPROVEN | Meaning.BUSY:
                self._doubt_all(sent, text, now_ms)
            case Meaning.NONCE if sent.attempts < NONCE_ATTEMPTS_MAX:
                sender = self._sender
                self._on_nonce_floor(sender.signer, reading.nonce_floor, sender.last_nonce)
                sender.raise_nonce_floor(reading.nonce_floor)
                self._resends.again(sent, (batch,), text, now_ms, attempts=sent.attempts + 1)
            case Meaning.SUSPECT if batch.key.unit is None:
                self._resends.again(sent, batch.halves(), text, now_ms, attempts=1)
            case Meaning.REFUSED | Meaning.SUSPECT:
                self._refuse_all(batch, text, now_ms, is_its_own=True)
            case Meaning.NO_AGENT:
                self._on_key_refused(text, now_ms)
                self._refuse_all(batch, text, now_ms)
            case Meaning.TOO_FAST | Meaning.POST_ONLY:
                why = self._restraint.overload(reading, now_ms)
                self._resends.unsent(batch, str(why), now_ms, why.retry_after_ms)
            case Meaning.BARRED | Meaning.NONCE:
                self._refuse_all(batch, text, now_ms)

    def never_sent(self, request_id: int, reason: str, now_ms: int) -> None:
        """It was thought to be on its way, and provably never left."""
        sent = self._sender.answered(request_id)
        if sent is not None:
            self._resends.unsent(sent.batch, reason, now_ms)
            self._books.write()

    # --- one order ------------------------------------------------------------------------------

    def _named(
        self, sent: SentAction, instruction: Instruction, status: ActionStatus | None, now_ms: int
    ) -> None:
        life = self._life_of(instruction)
        if life is None:
            if isinstance(instruction.wire, CancelWire) and isinstance(status, _DONE_OR_NOT):
                self._orphans.is_gone(Oid(instruction.wire.o))
            return
        batch = sent.batch
        fitting = _DONE_OR_NOT if batch.is_cancel else _TAKEN_OR_NOT
        if status is None or not isinstance(status, fitting):
            self._doubt(sent, instruction, life, UNNAMED, now_ms)
            return
        out = Dispatched()
        if batch.kind is ORDERS:
            _answer_order(life, status, out)
        elif batch.kind is REPLACES:
            _answer_replace(life, instruction.replacement, status, out)
        else:
            _answer_cancel(life, status, out)
        self._books.take_life(life, out, now_ms)

    def _doubt(
        self,
        sent: SentAction,
        instruction: Instruction,
        life: OrderLife,
        reason: str,
        now_ms: int,
    ) -> None:
        out = Dispatched()
        doubt: Doubt | None = None
        match sent.batch.kind:
            case BatchKind.ORDERS:
                life.order_unanswered(reason, out)
                doubt = Doubt.ORDER
            case BatchKind.REPLACES if life.replacement is instruction.replacement:
                doubt = Doubt.REPLACE
            case BatchKind.CANCELS:
                life.cancel_unanswered(out)
            case _:
                pass
        self._books.take_life(life, out, now_ms)
        # An order that a stream has told of is in no doubt, whatever its answer would have been.
        is_open = doubt is Doubt.REPLACE or life.phase is OrderPhase.UNCONFIRMED
        if doubt is not None and life.is_live and is_open:
            self._unknowns.add(life, doubt, sent.expires_ms, sent.request_id, now_ms)

    def _life_of(self, instruction: Instruction) -> OrderLife | None:
        cloid = instruction.cloid
        return None if cloid is None else self._books.dispatch.life(cloid)

    # --- all of a batch ---------------------------------------------------------------------------

    def _doubt_all(self, sent: SentAction, reason: str, now_ms: int) -> None:
        if sent.batch.is_lone:
            self._on_lone(sent.batch, Unconfirmed(reason), sent.expires_ms)
        for instruction, life in self._lives(sent.batch):
            self._doubt(sent, instruction, life, reason, now_ms)
        self._books.write()
        self._unknowns.review(self._books.dispatch)

    def _refuse_all(
        self, batch: Batch, text: str, now_ms: int, *, is_its_own: bool = False
    ) -> None:
        """`is_its_own`: what was sent is the reason, and would be again."""
        if batch.is_lone:
            self._on_lone(batch, Rejected(text), 0)
        for instruction, life in self._lives(batch):
            out = Dispatched()
            match batch.kind:
                case BatchKind.ORDERS:
                    life.order_rejected(text, out)
                case BatchKind.REPLACES:
                    life.replace_rejected(instruction.replacement, text, out)
                case _ if is_its_own:
                    life.cancel_rejected(text, out)
                case _:
                    life.cancel_unanswered(out)  # nothing happened; it is wanted still
            self._books.take_life(life, out, now_ms)

    def _lives(self, batch: Batch) -> list[tuple[Instruction, OrderLife]]:
        pairs = [(i, self._life_of(i)) for i in batch.instructions]
        return [(instruction, life) for instruction, life in pairs if life is not None]


def _lone_outcome(batch: Batch, reading: Reading) -> LoneOutcome:
    (status,) = reading.items
    match status:
        case Failed(reason=reason):
            return Rejected(reason)
        case Running(twap_id=twap_id):
            return TwapStarted(twap_id)
    if batch.kind is BatchKind.TWAP:
        return Unconfirmed(UNNAMED)
    return Accepted(None, ZERO)


def _answer_order(life: OrderLife, status: ActionStatus, out: Dispatched) -> None:
    match status:
        case Resting(oid=oid):
            life.accepted(oid, None, out)
        case Filled(oid=oid, total_size=filled):
            life.accepted(oid, filled, out)
        case Failed(reason=reason):
            life.order_rejected(reason, out)
        case _:
            life.accepted(None, None, out)


def _answer_replace(
    life: OrderLife, which: Replacement | None, status: ActionStatus, out: Dispatched
) -> None:
    match status:
        case Resting(oid=oid):
            life.replaced(which, oid, None, out)
        case Filled(oid=oid, total_size=filled):
            life.replaced(which, oid, filled, out)
        case Failed(reason=reason):
            life.replace_rejected(which, reason, out)
            if life.is_live and reason.startswith(CANNOT_REPLACE):
                out.wish(life.cloid, Wish.ASK)
        case _:
            out.wish(life.cloid, Wish.ASK)  # taken; the answer does not name its leg


def _answer_cancel(life: OrderLife, status: ActionStatus, out: Dispatched) -> None:
    match status:
        case Done():
            life.cancel_done(out)
        case Failed(reason=reason):
            life.cancel_rejected(reason, out)
