"""The oracle: the venue's truth and its faults, for tests and tools. No part of the real protocol.

{"type": "truth"}                         all accounts; or one: "user"
{"type": "counters"}                      everything that is counted
{"type": "credit", "user": …, "usd": …}   pay money in, with "dex" on that one;
                                          or with "token" (its name) and "amount", for spot
{"type": "marketBounds", "coin": …, …}    bound its open interest: "openInterestCapUsd", and per
                                          minute "openInterestGrowthUsd"; "oracleBandBps"
{"type": "delist", "coin": …}             in the next block; "list" with "coin", "px", "szDecimals",
                                          "maxLeverage" lists a new perp; "listSpot" with "token",
                                          "px", "szDecimals" a new token and its pair
{"type": "clearFaults"}                   forget every fault that waits or lasts
{"type": "dropResponse", …}               and everything else in `fault_kinds`
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import Address, parse_address
from hive.localvenue.faults.kinds import Fault, SocketFault, Steering, parse_fault
from hive.localvenue.faults.waiting import Faults
from hive.localvenue.listings.listing_plan import Change, Delist, ListPerp, ListSpot
from hive.localvenue.steering import Helm
from hive.localvenue.units import usd_of
from hive.localvenue.validation.market_bounds import CoinBounds
from hive.localvenue.views.truth import AccountTruth
from hive.serving.port import Reply

Json = dict[str, Any]

OK = Reply(200, b'{"status":"ok"}')


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


class SetBounds(msgspec.Struct, tag="marketBounds", rename="camel"):
    """Bounds of a coin's market from now on; what is not named is not bounded any more."""

    coin: str
    open_interest_cap_usd: Decimal | None = None
    open_interest_growth_usd: Decimal | None = None
    oracle_band_bps: int | None = None

    def bounds(self) -> CoinBounds:
        cap_usd, growth_usd = self.open_interest_cap_usd, self.open_interest_growth_usd
        return CoinBounds(
            open_interest_cap_usd=None if cap_usd is None else usd_of(cap_usd),
            open_interest_growth_usd=None if growth_usd is None else usd_of(growth_usd),
            oracle_band_bps=self.oracle_band_bps,
        )


class ClearFaults(msgspec.Struct, tag="clearFaults"):
    pass


_Asked = Credit | SetBounds | Change | AskTruth | AskCounters | ClearFaults


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
        bind: Callable[[str, CoinBounds], bool],
        change_listings: Callable[[Change], str | None],
        helm: Helm,
    ) -> None:
        self._faults = faults
        self._truth = truth
        self._counters = counters
        self._credit = credit
        self._bind = bind
        self._change_listings = change_listings
        self._helm = helm

    def answer(self, request: Json, now_ms: int) -> Reply:
        """What is asked for; 422 if it is nothing that the oracle knows."""
        try:
            asked = msgspec.convert({"request": request}, _Request).request
        except msgspec.ValidationError:
            return self._go_wrong(request, now_ms)
        try:
            return self._carry_out(asked)
        except MalformedIdentifier as error:
            return _unknown(str(error))

    def _carry_out(self, asked: _Asked) -> Reply:
        match asked:
            case AskTruth(user=user):
                found = self._truth(None if user is None else parse_address(user))
                return Reply(200, msgspec.json.encode({"accounts": found}))
            case AskCounters():
                return Reply(200, msgspec.json.encode(self._counters()))
            case _:
                objection = self._change(asked)
                return OK if objection is None else _unknown(objection)

    def _change(self, asked: Credit | SetBounds | Change | ClearFaults) -> str | None:
        """Do it; or what stands in the way."""
        match asked:
            case Credit():
                return None if self._credit(asked) else "no such dex, token or amount"
            case SetBounds():
                return None if self._bind(asked.coin, asked.bounds()) else "no such perp"
            case Delist() | ListPerp() | ListSpot():
                return self._change_listings(asked)
            case ClearFaults():
                self._faults.clear()
        return None

    def _go_wrong(self, request: Json, now_ms: int) -> Reply:
        try:
            fault = parse_fault(request)
        except msgspec.ValidationError as error:
            return _unknown(str(error))
        objection = self.inflict(fault, now_ms)
        return OK if objection is None else _unknown(objection)

    def inflict(self, fault: Fault, now_ms: int) -> str | None:
        """Let something go wrong; what stands in the way of that, or None."""
        if isinstance(fault, SocketFault):
            objection = self._helm.strike(fault)
        elif isinstance(fault, Steering):
            objection = self._helm.steer(fault)
        else:
            return None if self._faults.add(fault, now_ms) else "too many faults wait"
        if objection is None:
            self._faults.note(fault)
        return objection


def _unknown(text: str) -> Reply:
    return Reply(422, text.encode(errors="replace"), is_text=True)
