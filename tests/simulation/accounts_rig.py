"""A runtime with several accounts against a served venue, in virtual time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from tests.simulation.restless import Restless, RestlessSettings

from hive.app.notes.notices import Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.accounts import TradedAccount
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import Address, Cloid, StrategyId
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import Twap, TwapEvent
from hive.hyperliquid.account_actions import CreateSubAccountAction, CreateVaultAction
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.quotes import LadderShape
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import MarketSettings, SyntheticMarkets
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.venue import LocalVenue
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop
from hive.storage.records import FillRecord, Record
from hive.storage.segments import read_records

START_MS: Final = 1_790_000_000_000
IP: Final = "192.0.2.1"
OUTSIDE_IP: Final = "192.0.2.9"
FUNDS_USD: Final = Decimal(1_000_000)
THIN: Final = MarketSettings(
    step_ms=1_500, ladder=LadderShape(near_levels=2, far_levels=1), activity=0.7
)


class Silent:
    """A witness that nobody asks."""

    def placed(self, strategy: StrategyId, cloid: Cloid, size: float) -> None: ...

    def begot(self, strategy: StrategyId, cloid: Cloid) -> None: ...

    def told(self, strategy: StrategyId, event: OrderEvent) -> None: ...

    def began(self, twap: Twap) -> None: ...

    def told_of_twap(self, event: TwapEvent) -> None: ...

    def filled(self, strategy: StrategyId, fill: Fill) -> None: ...


class AccountsRig:
    """Masters with money, whatever they make of it, and a runtime that trades it."""

    def __init__(self, masters: int = 1, *, limits: VenueLimits | None = None) -> None:
        rng = SeededRng(7)
        self._rng = rng
        self.limits = limits or VenueLimits()
        self.masters = [Signer(rng.fork(f"master {number}").token(32)) for number in range(masters)]
        self.kernel = Kernel()
        config = VenueConfig(
            start_ms=START_MS,
            funded=dict.fromkeys([master.address for master in self.masters], FUNDS_USD),
            limits=self.limits,
            accounts=AccountRules(
                sub_account_volume_usd=0, vault_creation_fee_usd=0, agent_grace_ms=0
            ),
        )
        markets = SyntheticMarkets(seeded_sources(7), ("BTC", "ETH"), THIN)
        self.venue = LocalVenue(config, markets, recorded_catalog())
        self.served = ServedVenue(ServerCore(self.venue, self.limits), self.kernel, START_MS)
        self.network = Network(self.kernel, rng.fork("net").uniform, self.served, lambda *_: None)
        self.clock = VirtualClock(self.kernel, START_MS)
        self.disk = MemoryDisk(rng.fork("disk").uniform)
        self.notices = Notices(self.clock)
        self._nonce = START_MS
        self._boots = 0
        self.strategies: list[Restless] = []
        self.served.begin()

    # --- what masters do -------------------------------------------------------------------------

    def act(self, master: Signer, action: Any, *, ahead_ms: int = 0) -> Any:
        """Send an L1 action of a master's own; the venue's answer."""
        nonce = self._next_nonce() + ahead_ms
        signature = master.sign_l1(action, nonce, is_mainnet=False)
        return self._sent(signed_request(action, nonce, signature))

    def _next_nonce(self) -> int:
        self._nonce = max(self._nonce + 1, self.clock.now_ms())
        return self._nonce

    def agent_of(self, master: Signer, name: str = "hive") -> Signer:
        """A new agent of the master under that name; the one before it ends."""
        agent = Signer(self._rng.fork(f"agent {self._nonce}").token(32))
        nonce = self._next_nonce()
        action = ApproveAgentAction(
            signature_chain_id=SIGNATURE_CHAIN_ID,
            hyperliquid_chain=chain_name(is_mainnet=False),
            agent_address=agent.address,
            agent_name=name,
            nonce=nonce,
        )
        answer = self._sent(signed_request(action, nonce, master.sign_user_action(action)))
        assert answer["status"] == "ok", answer
        return agent

    def sub_account_of(self, master: Signer, usd: int = 100_000) -> Address:
        sub = Address(self.act(master, CreateSubAccountAction("sub"))["response"]["data"])
        self.venue.credit(sub, Decimal(usd))
        return sub

    def vault_of(self, master: Signer, usd: int = 100_000) -> Address:
        nonce = self._next_nonce()
        action = CreateVaultAction("Vault", "It is traded.", usd * 1_000_000, nonce)
        signature = master.sign_l1(action, nonce, is_mainnet=False)
        answer = self._sent(signed_request(action, nonce, signature))
        assert answer["status"] == "ok", answer
        return Address(answer["response"]["data"])

    def _sent(self, body: bytes) -> Any:
        answers: list[bytes] = []
        self.served.http(
            "/exchange", body, ip=OUTSIDE_IP, answer=lambda _, reply: answers.append(reply)
        )
        self.pass_ms(1_000)
        return json.loads(answers[0])

    # --- the runtime -----------------------------------------------------------------------------

    def boot(self, accounts: Sequence[AccountPlan]) -> Runtime:
        """Start a runtime that trades these accounts."""
        self._boots += 1
        loop = ProcessLoop(self.kernel, f"hive{self._boots}")
        plan = RuntimePlan(venue_url="http://venue", accounts=tuple(accounts), limits=self.limits)
        seams = Seams(
            clock=self.clock,
            net=self.network.of_process(loop, ip=IP),
            disk=self.disk.mount(loop),
            rng=self._rng.fork(loop.name),
        )
        self.loop = loop
        self.runtime = Runtime(plan, seams, self.notices)
        self.wait_for(self.runtime.start(), 600_000)
        return self.runtime

    def restless(self, name: str, pause_ms: int = 400) -> StrategyPlan:
        """A strategy that trades at random."""
        settings = RestlessSettings(coin="BTC", seed=len(self.strategies), pause_ms=pause_ms)
        self.strategies.append(Restless(settings, Silent()))
        return StrategyPlan(strategy_id=StrategyId(name), strategy=self.strategies[-1])

    def account(self, name: str) -> TradedAccount:
        return next(each for each in self.runtime.accounts if each.plan.name == name)

    def hush(self) -> None:
        """No more orders; what is on its way arrives, and all is told."""
        for strategy in self.strategies:
            strategy.is_quiet = True
        self.pass_ms(30_000)

    def wait_for(self, work: Any, limit_ms: int) -> Any:
        limit_ns = self.kernel.now_ns + limit_ms * NS_PER_MS
        result = self.kernel.run_until_done(self.loop.start(work), limit_ns=limit_ns)
        assert not self.kernel.failures, self.kernel.failures
        return result

    def pass_ms(self, duration_ms: int) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + duration_ms * NS_PER_MS)
        assert not self.kernel.failures, self.kernel.failures

    def booked(self, account: Address) -> list[Fill]:
        """The fills in an account's journal."""
        reader = self.disk.mount(ProcessLoop(self.kernel, "reader"))
        records = read_records(reader, journal_folder(account), Record)
        return [record.fill for record in records if isinstance(record, FillRecord)]

    # --- the truth -------------------------------------------------------------------------------

    def assert_in_line(self) -> None:
        """Of every account: fills, positions and open orders are the venue's."""
        for account in self.runtime.accounts:
            truth = self.venue.truth(account.address)[0]
            booked = self.booked(account.address)
            assert booked, f"{account.plan.name} traded nothing"
            assert sorted((f.trade_id, f.oid, f.size) for f in booked) == sorted(
                (f.tid, f.oid, f.size) for f in truth.fills
            )
            held = {p.coin: p.size for p in account.desk.account_positions() if p.size}
            assert held == truth.positions
