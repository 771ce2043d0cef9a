"""Brings a coin's leverage and margin mode to what its strategies want, and proves it.

    wishes ──LeverageRule──▶ ask the venue ──as wanted──▶ SET
                              ▲         ╰──differs──▶ updateLeverage
                              ╰───────────────────────────╯

The venue's state says what holds, never its answer alone; a change that was not answered is asked
about, and made again only when the state shows twice that it was not carried out. A declared coin
takes nothing that opens risk before it is as declared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from hive.domain.errors import BadFrame, LimitReached, LinkError, VenueError
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import Instrument
from hive.domain.leverage import (
    LeverageEvent,
    LeverageNews,
    LeverageSetting,
    LeverageWish,
    MarginMode,
)
from hive.domain.orders import Outcome, Rejected
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.ports import DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.desk.wakeup import Wakeup
from hive.execution.ports import TaskHandlePort
from hive.execution.risk_controls.leverage_rule import LeverageRule, fault_of
from hive.execution.risk_controls.setting_changes import SettingChanges
from hive.execution.sending.batching import leverage_batch
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_leverage import decode_leverage

CHANGES_WAITING_MAX: Final = 100
ASK_AGAIN_MS: Final = 1_000
TRY_AGAIN_MS: Final = 5_000
ROUNDS_MAX: Final = 4
"""Of asking and sending; who is not done by then is tried again later."""
_NO_ANSWER: Final = (LinkError, VenueError, LimitReached, BadFrame)


class _Change(msgspec.Struct, frozen=True):
    """A strategy's word, and what it wanted before."""

    strategy: StrategyId
    coin: str
    before: LeverageWish | None


class LeverageCare:
    """One desk's."""

    def __init__(
        self,
        settings: DeskSettings,
        ports: DeskPorts,
        parts: DeskParts,
        changes: SettingChanges,
        *,
        soon: Callable[[], None],
        alarm: Callable[[str], None],
    ) -> None:
        """`soon` sees to it that news is told; `alarm` tells people.

        Raises:
            ConfigRefused: what is declared contradicts itself, or the venue cannot have it.
        """
        self._account = settings.account
        self._ports = ports
        self._parts = parts
        self._changes = changes
        self._soon = soon
        self._alarm = alarm
        self._rule = LeverageRule(settings.leverage)
        self._rule.check(ports.universe)
        self._waiting: deque[_Change] = deque()
        self._proven: dict[str, LeverageSetting] = {}
        self._wakeup = Wakeup()
        self._task: TaskHandlePort | None = None

    # --- what strategies ask ----------------------------------------------------------------------

    def setting(self, coin: str) -> LeverageSetting | None:
        """What the venue was last seen to have; None if it was not asked."""
        return self._proven.get(coin)

    def change(self, strategy: StrategyId, coin: str, wish: LeverageWish) -> None:
        """Want something else from now on; what becomes of it comes as an event.

        Raises:
            UnknownCoin: no instrument has this name.
        """
        fault = self._fault_of(strategy, coin, wish)
        if fault is not None:
            self._tell(strategy, coin, LeverageNews.REFUSED, fault)
            return
        before = self._rule.wish(strategy, coin)
        self._rule.want(strategy, coin, wish)
        self._waiting.append(_Change(strategy, coin, before))
        self._begin()
        self._wakeup.ring()

    def _fault_of(self, strategy: StrategyId, coin: str, wish: LeverageWish) -> str | None:
        fault = fault_of(wish, self._ports.universe.of_coin(coin))
        fault = fault or self._rule.conflict(strategy, coin, wish)
        if fault is None and len(self._waiting) >= CHANGES_WAITING_MAX:
            fault = f"leverage_changes_max: {CHANGES_WAITING_MAX} are waiting already"
        now, size = self._proven.get(coin), self._parts.books.positions.account(coin).size
        if fault is None and now is not None and size and wish.mode not in (None, now.mode):
            fault = (
                f"margin_mode: {coin} is {now.mode.value}, and the venue changes that only while"
                f" the account is flat (it holds {size})"
            )
        return fault

    # --- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bring declared coins to what is declared; what cannot be yet is barred, and tried on."""
        for coin in self._rule.coins:
            for words in self._rule.overruled(self._ports.universe.of_coin(coin)):
                self._alarm(words)
            self._parts.barred[coin] = "leverage: it is not as declared yet"
            await self._settle(coin)
        if self._parts.barred:
            self._begin()

    def stop(self) -> None:
        """End. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self) -> None:
        if self._task is None:
            name = f"desk {self._account} leverage"
            self._task = self._ports.tasks.spawn(name, self._run, restart=True)

    async def _run(self) -> None:
        while True:
            while self._waiting:
                change = self._waiting[0]
                refusal = await self._settle(change.coin)
                if refusal is None:
                    await self._wakeup.sleep(TRY_AGAIN_MS)
                    continue
                self._waiting.popleft()
                self._changed(change, refusal)
            for coin in list(self._parts.barred):
                await self._settle(coin)
            await self._wakeup.sleep(TRY_AGAIN_MS if self._parts.barred else None)

    # --- one coin ---------------------------------------------------------------------------------

    async def _settle(self, coin: str) -> str | None:
        """Have the coin as it is wanted: empty when it is, the venue's refusal, or None if neither
        is known yet.
        """
        instrument = self._ports.universe.of_coin(coin)
        noes = 0
        is_open = False
        """A change is out that the state has not shown."""
        for _ in range(ROUNDS_MAX):
            now = await self._asked(coin)
            wanted = self._rule.held(instrument, now)
            if now is None or wanted is None:
                return None if now is None else ""
            if now == wanted:
                self._parts.barred.pop(coin, None)
                return ""
            noes += is_open
            if is_open and noes < 2:
                await self._wakeup.sleep(ASK_AGAIN_MS)
                continue
            outcome = await self._sent(instrument, wanted)
            if isinstance(outcome, Rejected):
                return self._refused(coin, wanted, now, outcome.reason)
            is_open, noes = True, 0  # what is read may lag behind what is done
        return None

    async def _sent(self, instrument: Instrument, wanted: LeverageSetting) -> Outcome:
        is_cross = wanted.mode is MarginMode.CROSS
        batch = leverage_batch(instrument, wanted.leverage, is_cross=is_cross)
        sender, roads = self._parts.sender, self._parts.roads
        return await self._changes.change(lambda: sender.send(batch, roads.ordinary))

    def _refused(
        self, coin: str, wanted: LeverageSetting, now: LeverageSetting, reason: str
    ) -> str:
        words = f"the venue does not make {coin} {wanted} of {now}: {reason}"
        if coin in self._parts.barred:
            self._parts.barred[coin] = f"leverage: {words}"
            self._alarm(words)
        return words

    def _changed(self, change: _Change, refusal: str) -> None:
        if refusal:
            self._take_back(change)
            self._tell(change.strategy, change.coin, LeverageNews.REJECTED, refusal)
            return
        for strategy in self._rule.wanting(change.coin):
            by = "" if strategy == change.strategy else f"by {change.strategy}"
            self._tell(strategy, change.coin, LeverageNews.SET, by)

    def _take_back(self, change: _Change) -> None:
        """What was wanted before is so again, unless the strategy wants something newer by now."""
        for number, later in enumerate(self._waiting):
            if (later.strategy, later.coin) == (change.strategy, change.coin):
                self._waiting[number] = msgspec.structs.replace(later, before=change.before)
                return
        self._rule.want(change.strategy, change.coin, change.before)

    async def _asked(self, coin: str) -> LeverageSetting | None:
        """What the venue has; None if it did not answer."""
        request = codec_requests.active_asset_data(self._account, coin)
        try:
            found = decode_leverage(await self._ports.info.info(request, urgent=True))
        except _NO_ANSWER:
            return None
        self._proven[coin] = found
        return found

    def _tell(self, strategy: StrategyId, coin: str, news: LeverageNews, reason: str) -> None:
        setting = self._proven.get(coin)
        self._parts.books.news.append(
            LeverageEvent(strategy=strategy, coin=coin, news=news, setting=setting, reason=reason)
        )
        self._soon()
