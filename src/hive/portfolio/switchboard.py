"""The switches that are thrown on one account, and what they come to for an order.

Asked at every order, so while nothing is thrown that is one look at a flag.
"""

from __future__ import annotations

from collections.abc import Iterable

from hive.domain.identifiers import Address, StrategyId
from hive.domain.switches import Reach, Scope, Strength, Switch, stricter


class Switchboard:
    """Who may do what on one account."""

    def __init__(self, account: Address | None = None) -> None:
        """`account` None: switches of any account are this one's."""
        self._account = account
        self._by_scope: dict[Scope, Switch] = {}
        self.is_quiet = True
        """Nothing is thrown."""

    def throw(self, switch: Switch) -> bool:
        """Whether anything is stricter now. One that is another account's changes nothing."""
        if not self.concerns(switch.scope):
            return False
        before = self._by_scope.get(switch.scope)
        after = stricter(before, switch)
        if after.strength is Strength.TRADE or after is before:
            return False
        self._by_scope[switch.scope] = after
        self.is_quiet = False
        return True

    def lift(self, scope: Scope) -> bool:
        """Whether one was thrown there."""
        lifted = self._by_scope.pop(scope, None)
        self.is_quiet = not self._by_scope
        return lifted is not None

    def lapsed(self, now_ms: int) -> list[Switch]:
        """Those whose time is over, lifted now. `now_ms` is wall time."""
        over = [
            switch
            for switch in self._by_scope.values()
            if switch.until_ms is not None and switch.until_ms <= now_ms
        ]
        for switch in over:
            self.lift(switch.scope)
        return over

    def concerns(self, scope: Scope) -> bool:
        """Whether a switch of that scope is for this account."""
        return scope.reach is not Reach.ACCOUNT or self._account in (None, scope.name)

    def thrown(self) -> list[Switch]:
        """Everything that is thrown, oldest scope first."""
        return list(self._by_scope.values())

    def of_account(self) -> Switch | None:
        """The strictest that stops the whole account."""
        return _strictest(
            switch
            for scope, switch in self._by_scope.items()
            if scope.reach in (Reach.ACCOUNT, Reach.EVERYTHING)
        )

    def of_order(self, strategy: StrategyId, coin: str) -> Switch | None:
        """The strictest that stops an order of this strategy on this coin."""
        if self.is_quiet:
            return None
        narrow = (Scope(Reach.STRATEGY, strategy), Scope(Reach.COIN, coin))
        return _strictest(
            switch
            for scope, switch in self._by_scope.items()
            if scope in narrow or scope.reach in (Reach.ACCOUNT, Reach.EVERYTHING)
        )


def _strictest(switches: Iterable[Switch]) -> Switch | None:
    return max(switches, key=lambda switch: switch.strength, default=None)
