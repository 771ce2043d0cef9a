"""What an account holds of each spot token, in whole wei of the token.

`hold` is the part that open orders have bound; it is still owned, and counted in `total`. What a
token was bought for follows it: whoever gives a third of it away keeps two thirds of its price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from hive.localvenue.units import PERP_DECIMALS, divided

USDC: Final = 0
"""The token that perps of the first dex are margined in, too."""

USDC_DECIMALS: Final = 8
WEI_PER_USD_UNIT: Final[int] = 10 ** (USDC_DECIMALS - PERP_DECIMALS)
"""Wei of USDC in a millionth of a USD, which is what the perp side counts."""


class TokenBalance:
    """One token of one account."""

    __slots__ = ("entry_usd", "hold", "total")

    def __init__(self) -> None:
        self.total = 0
        self.hold = 0
        self.entry_usd = 0
        """What the total was bought for, in millionths of a USD."""

    @property
    def free(self) -> int:
        return self.total - self.hold


class CommonCash(Protocol):
    """USDC that spot and perps have in common, in whole millionths."""

    @property
    def free_usd(self) -> int:
        """What nothing binds."""
        ...

    def draw(self, usd: int) -> None:
        """So much is on spot from here on; given back, if negative."""
        ...


class SpotBalances:
    """All tokens of one account, by token index. No balance is ever negative.

    With `common` cash, only USDC that open orders bind is kept here, and what is less than a
    millionth; all else is drawn from there when it is needed.
    """

    __slots__ = ("_balances", "common")

    def __init__(self) -> None:
        self._balances: dict[int, TokenBalance] = {}
        self.common: CommonCash | None = None

    def total(self, token: int) -> int:
        balance = self._balances.get(token)
        return balance.total if balance else 0

    def free(self, token: int) -> int:
        """What is owned and not bound by orders."""
        balance = self._balances.get(token)
        free = balance.free if balance else 0
        if self.common is not None and token == USDC:
            free += self.common.free_usd * WEI_PER_USD_UNIT
        return free

    def hold(self, token: int) -> int:
        """What open orders bind."""
        balance = self._balances.get(token)
        return balance.hold if balance else 0

    def held(self) -> Iterator[tuple[int, TokenBalance]]:
        """Tokens of which there is something, by token index."""
        return iter(sorted((token, each) for token, each in self._balances.items() if each.total))

    def receive(self, token: int, wei: int, *, entry_usd: int = 0) -> None:
        """`wei` more are owned; `entry_usd` is what they cost."""
        assert wei >= 0
        balance = self._of(token)
        balance.total += wei
        balance.entry_usd += entry_usd
        self._settle(token)

    def give(self, token: int, wei: int) -> int:
        """`wei` of what is free are gone; what they had cost."""
        balance = self._of(token)
        self._settle(token, wei)
        assert 0 <= wei <= balance.free, (token, wei)
        entry_usd = divided(balance.entry_usd * wei, balance.total) if wei else 0
        balance.total -= wei
        balance.entry_usd -= entry_usd
        return entry_usd

    def bind(self, token: int, wei: int) -> None:
        """An order binds `wei` of what is free."""
        balance = self._of(token)
        self._settle(token, wei)
        assert 0 <= wei <= balance.free, (token, wei)
        balance.hold += wei

    def release(self, token: int, wei: int) -> None:
        """An order lets `wei` of what is bound go."""
        balance = self._of(token)
        assert 0 <= wei <= balance.hold, (token, wei)
        balance.hold -= wei
        self._settle(token)

    def share(self, common: CommonCash) -> None:
        """From here on USDC is in common with perps."""
        self.common = common
        self._settle(USDC)

    def keep(self) -> None:
        """From here on USDC is spot's own: all that is free comes here."""
        if self.common is not None:
            self._settle(USDC, self.free(USDC))
            self.common = None

    def _settle(self, token: int, wei: int = 0) -> None:
        """Draw what of `wei` is not here, or give back what is here beyond it."""
        if self.common is None or token != USDC:
            return
        balance = self._of(token)
        usd = -((balance.free - wei) // WEI_PER_USD_UNIT)
        if usd:
            self.common.draw(usd)
            balance.total += usd * WEI_PER_USD_UNIT

    def _of(self, token: int) -> TokenBalance:
        return self._balances.setdefault(token, TokenBalance())
