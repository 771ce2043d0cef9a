"""What an account holds of each spot token, in whole wei of the token.

`hold` is the part that open orders have bound; it is still owned, and counted in `total`. What a
token was bought for follows it: whoever gives a third of it away keeps two thirds of its price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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


class SpotBalances:
    """All tokens of one account, by token index. No balance is ever negative."""

    __slots__ = ("_balances",)

    def __init__(self) -> None:
        self._balances: dict[int, TokenBalance] = {}

    def total(self, token: int) -> int:
        balance = self._balances.get(token)
        return balance.total if balance else 0

    def free(self, token: int) -> int:
        """What is owned and not bound by orders."""
        balance = self._balances.get(token)
        return balance.free if balance else 0

    def held(self) -> Iterator[tuple[int, TokenBalance]]:
        """Tokens of which there is something, by token index."""
        return iter(sorted((token, each) for token, each in self._balances.items() if each.total))

    def receive(self, token: int, wei: int, *, entry_usd: int = 0) -> None:
        """`wei` more are owned; `entry_usd` is what they cost."""
        assert wei >= 0
        balance = self._of(token)
        balance.total += wei
        balance.entry_usd += entry_usd

    def give(self, token: int, wei: int) -> int:
        """`wei` of what is free are gone; what they had cost."""
        balance = self._of(token)
        assert 0 <= wei <= balance.free, (token, wei)
        entry_usd = divided(balance.entry_usd * wei, balance.total) if wei else 0
        balance.total -= wei
        balance.entry_usd -= entry_usd
        return entry_usd

    def bind(self, token: int, wei: int) -> None:
        """An order binds `wei` of what is free."""
        balance = self._of(token)
        assert 0 <= wei <= balance.free, (token, wei)
        balance.hold += wei

    def release(self, token: int, wei: int) -> None:
        """An order lets `wei` of what is bound go."""
        balance = self._of(token)
        assert 0 <= wei <= balance.hold, (token, wei)
        balance.hold -= wei

    def _of(self, token: int) -> TokenBalance:
        return self._balances.setdefault(token, TokenBalance())
