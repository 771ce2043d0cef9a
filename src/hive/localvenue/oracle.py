"""The oracle: the venue's truth and its faults, for tests and tools. No part of the real protocol.

{"type": "truth"}                         all accounts; or one: "user"
{"type": "counters"}                      everything that is counted
{"type": "credit", "user": …, "usd": …}   pay money in, with "dex" on that one;
                                          or with "token" (its name) and "amount", for spot
{"type": "cutSocket", …}                  drop a socket: "connection", or the oldest that holds
                                          a subscription of the type "holds", or the oldest
{"type": "dropResponse", …}               and the other faults of `faults`
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import Address, parse_address
from hive.localvenue.faults import Faults, parse_fault
from hive.localvenue.truth import AccountTruth
from hive.serving.port import Reply

Json = dict[str, Any]

OK = Reply(200, b'{"status":"ok"}')


class CutSocket(msgspec.Struct, tag="cutSocket", rename="camel"):
    """Which socket to drop; the oldest, if nothing is said."""

    connection: int | None = None
    holds: str | None = None
    """A type of subscription, such as `orderUpdates`."""


class Credit(msgspec.Struct, tag="credit"):
    """USD for the perps of a dex, or an amount of a token for spot."""

    user: str
    usd: Decimal = Decimal(0)
    dex: str = ""
    token: str | None = None
    amount: Decimal = Decimal(0)


class AskTruth(msgspec.Struct, tag="truth"):
    user: str | None = None


class AskCounters(msgspec.Struct, tag="counters"):
    pass


class ClearFaults(msgspec.Struct, tag="clearFaults"):
    pass


_Asked = CutSocket | Credit | AskTruth | AskCounters | ClearFaults


class _Request(msgspec.Struct):
    request: _Asked


class Oracle:
    """Answers what is asked, and hands faults on."""

    def __init__(
        self,
        faults: Faults,
        *,
        truth: Callable[[Address | None], list[AccountTruth]],
        counters: Callable[[], Json],
        credit: Callable[[Credit], bool],
        cut: Callable[[CutSocket], bool],
    ) -> None:
        self._faults = faults
        self._truth = truth
        self._counters = counters
        self._credit = credit
        self._cut = cut

    def answer(self, request: Json, now_ms: int) -> Reply:
        """What is asked for; 422 if it is nothing that the oracle knows."""
        try:
            asked = msgspec.convert({"request": request}, _Request).request
        except msgspec.ValidationError:
            return self._add_fault(request, now_ms)
        try:
            return self._carry_out(asked)
        except MalformedIdentifier as error:
            return _unknown(str(error))

    def _carry_out(self, asked: _Asked) -> Reply:
        match asked:
            case CutSocket():
                if not self._cut(asked):
                    return _unknown("no such socket")
                self._faults.note("cutSocket")
                return OK
            case Credit():
                return OK if self._credit(asked) else _unknown("no such dex, token or amount")
            case ClearFaults():
                self._faults.clear()
                return OK
            case AskTruth(user=user):
                found = self._truth(None if user is None else parse_address(user))
                return Reply(200, msgspec.json.encode({"accounts": found}))
            case AskCounters():
                return Reply(200, msgspec.json.encode(self._counters()))

    def _add_fault(self, request: Json, now_ms: int) -> Reply:
        try:
            fault = parse_fault(request)
        except msgspec.ValidationError as error:
            return _unknown(str(error))
        return OK if self._faults.add(fault, now_ms) else _unknown("too many faults wait")


def _unknown(text: str) -> Reply:
    return Reply(422, text.encode(errors="replace"), is_text=True)
