"""What the venue's own web page asks for in one piece: `webData2`, and `webData3` of the socket.

Nearly all of it is what other questions answer, so these are asked; a type that the venue does not
offer counts as empty.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hive.domain.identifiers import Address
from hive.localvenue.answers.question_forms import Failed, Found, Json, Moment, Question
from hive.localvenue.answers.stream_forms import Payload, nothing_first
from hive.localvenue.engine import Engine
from hive.localvenue.units import usd_text

Ask = Callable[[Json, Moment], Found | Failed | None]


class WebViews:
    """Everything about one account at once."""

    def __init__(self, engine: Engine, ask: Ask) -> None:
        self._house = engine.house
        self._catalog = engine.market.catalog
        self._registry = engine.office.registry
        self._ask = ask
        self._shown_by_streams: Payload = nothing_first
        self.by_type: dict[str, Question] = {"webData2": self._answer}

    def attach(self, shown_by_streams: Payload) -> None:
        """Called once the streams are there: some things only they tell."""
        self._shown_by_streams = shown_by_streams

    def _answer(self, request: Json, moment: Moment) -> Found:
        return Found(self.web_data_2(Address(request["user"]), moment))

    def web_data_2(self, user: Address, moment: Moment) -> Json:
        """One account and all markets of the first dex."""
        meta, contexts = self._asked("metaAndAssetCtxs", moment, dex="") or (None, [])
        spot = self._asked("spotMetaAndAssetCtxs", moment) or [None, []]
        known = self._user_state(user, moment)
        shown: Json = {
            "clearinghouseState": self._asked("clearinghouseState", moment, user=user, dex=""),
            "leadingVaults": self._asked("leadingVaults", moment, user=user) or [],
            "totalVaultEquity": self._vault_equity(user, moment),
            "openOrders": self._asked("frontendOpenOrders", moment, user=user, dex=""),
            "agentAddress": known["agentAddress"],
            "agentValidUntil": known["agentValidUntil"],
            "cumLedger": known["cumLedger"],
            "meta": meta,
            "assetCtxs": contexts,
            "serverTime": moment.now_ms,
            "isVault": known["isVault"],
            "user": user,
            "twapStates": self._twap_states(user, moment),
            "spotState": self._asked("spotClearinghouseState", moment, user=user),
            "spotAssetCtxs": spot[1],
            "perpsAtOpenInterestCap": self._asked("perpsAtOpenInterestCap", moment, dex="") or [],
        }
        if "optOutOfSpotDusting" in known:
            shown["optOutOfSpotDusting"] = True
        return shown

    def web_data_3(self, user: Address, moment: Moment) -> Json:
        """What of an account other streams do not tell, and of each dex."""
        known = self._user_state(user, moment)
        mode = self._asked("userAbstraction", moment, user=user)
        if mode is not None:
            known["abstraction"] = mode
        states = [
            {
                "totalVaultEquity": self._vault_equity(user, moment) if not dex.name else "0.0",
                "perpsAtOpenInterestCap": self._asked(
                    "perpsAtOpenInterestCap", moment, dex=dex.name
                )
                or [],
                "leadingVaults": self._asked("leadingVaults", moment, user=user) or [],
            }
            for dex in self._catalog.dexes
        ]
        return {"userState": known, "perpDexStates": states}

    def _user_state(self, user: Address, moment: Moment) -> Json:
        account = self._house.accounts.get(user)
        agents = self._registry.agents.of_account(user)
        unnamed = next((agent for agent in agents if not agent.name), None)
        state: Json = {
            "agentAddress": None if unnamed is None else unnamed.address,
            "agentValidUntil": None if unnamed is None else unnamed.valid_until_ms,
            "cumLedger": usd_text(0 if account is None else account.paid_in_usd),
            "serverTime": moment.now_ms,
            "isVault": self._registry.vaults.of_address(user) is not None,
            "user": user,
        }
        if self._registry.profiles.of(user).is_dusting_opted_out:
            state["optOutOfSpotDusting"] = True
        return state

    def _twap_states(self, user: Address, moment: Moment) -> list[Any]:
        form = {"type": "twapStates", "user": user, "dex": ""}
        shown: Any = self._shown_by_streams(form, moment.now_ms)
        return shown["states"] if shown else []

    def _vault_equity(self, user: Address, moment: Moment) -> str:
        rows = self._asked("userVaultEquities", moment, user=user) or []
        total = sum((Decimal(row["equity"]) for row in rows), Decimal(0))
        text = f"{total.normalize():f}"
        return text if "." in text else f"{text}.0"

    def _asked(self, kind: str, moment: Moment, **fields: Any) -> Any:
        found = self._ask({"type": kind, **fields}, moment)
        return found.payload if isinstance(found, Found) else None
