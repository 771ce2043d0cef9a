"""What has to be asked of the venue, and when: regularly, after a loss, and about single orders."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid


class Errand(Enum):
    """A question about the whole account. In this order, where several are due."""

    RECONCILE = "reconcile"
    """All that follow, after a gap: until it is done nothing new is placed."""
    SWEEP = "sweep"
    """Fills since the last that is certain."""
    LIST = "list"
    """Open orders."""
    STATE = "state"
    """Positions."""
    USAGE = "usage"
    """The address budget."""
    FUNDING = "funding"
    """Payments since the last that is certain."""
    TWAPS = "twaps"
    """What has become of them, while any may run."""
    RIGHTS = "rights"
    """Whether the venue takes our key again, after it did not."""


class ErrandSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How often each is asked when nothing is the matter. Milliseconds."""

    sweep_every_ms: int = 30_000
    list_every_ms: int = 60_000
    state_every_ms: int = 60_000
    usage_every_ms: int = 60_000
    funding_every_ms: int = 3_600_000
    """Streams tell of payments; this is what makes sure."""
    retry_ms: int = 1_000
    """After a question that got no answer."""
    sweeps_apart_ms: int = 0
    """Of an account without streams: fills are not asked for more often, whatever it trades."""


SWEEP_WEIGHT: Final = 20
"""Of one that finds nothing; one that does asks for another page, to see that it was the last."""
LIST_WEIGHT: Final = 20
USAGE_WEIGHT: Final = 20
STATE_WEIGHT: Final = 2
FUNDING_WEIGHT: Final = 20
CARE_SHARE: Final = 0.4
"""Of the IP's weight, what the care of all accounts may take when nothing is the matter."""
POLL_SHARE: Final = 0.3
"""And what asking for the fills of those without streams may take besides."""
MINUTE_MS: Final = 60_000
POLLED: Final = ErrandSettings(
    sweep_every_ms=120_000,
    list_every_ms=120_000,
    state_every_ms=1_000,
    usage_every_ms=300_000,
    funding_every_ms=300_000,
)
"""Of an account without streams: its state tells when there are fills to ask for."""
STREAMED: Final = ErrandSettings()


def paced(
    settings: ErrandSettings, streamed: int, polled: int, weight_per_min: int
) -> ErrandSettings:
    """The settings, slowed down so far that the care of so many accounts fits the IP's weight."""
    wanted = streamed * _weight_per_min(STREAMED) + polled * _weight_per_min(POLLED)
    factor = max(1.0, wanted / (CARE_SHARE * weight_per_min))
    return ErrandSettings(
        sweep_every_ms=round(settings.sweep_every_ms * factor),
        list_every_ms=round(settings.list_every_ms * factor),
        state_every_ms=round(settings.state_every_ms * factor),
        usage_every_ms=round(settings.usage_every_ms * factor),
        funding_every_ms=round(settings.funding_every_ms * factor),
        retry_ms=settings.retry_ms,
        sweeps_apart_ms=round(
            2 * polled * SWEEP_WEIGHT * MINUTE_MS / (POLL_SHARE * weight_per_min)
        ),
    )


def _weight_per_min(settings: ErrandSettings) -> float:
    return MINUTE_MS * (
        SWEEP_WEIGHT / settings.sweep_every_ms
        + LIST_WEIGHT / settings.list_every_ms
        + STATE_WEIGHT / settings.state_every_ms
        + USAGE_WEIGHT / settings.usage_every_ms
        + FUNDING_WEIGHT / settings.funding_every_ms
    )


class Errands:
    """The list of what is to be asked. Times are monotonic milliseconds."""

    def __init__(self, settings: ErrandSettings, now_ms: int) -> None:
        self._settings = settings
        self._every_ms = {
            Errand.SWEEP: settings.sweep_every_ms,
            Errand.LIST: settings.list_every_ms,
            Errand.STATE: settings.state_every_ms,
            Errand.USAGE: settings.usage_every_ms,
            Errand.FUNDING: settings.funding_every_ms,
        }
        self._due_ms = {errand: now_ms + every_ms for errand, every_ms in self._every_ms.items()}
        self._asks: dict[Cloid, int] = {}
        self._awaited: dict[Cloid, int] = {}

    def request(self, errand: Errand, at_ms: int) -> None:
        """Have it done at that time, unless it is due before."""
        self._due_ms[errand] = min(at_ms, self._due_ms.get(errand, at_ms))

    def ask(self, cloid: Cloid, at_ms: int) -> None:
        """Have the venue asked about an order, unless it is asked about before."""
        self._asks[cloid] = min(at_ms, self._asks.get(cloid, at_ms))

    def await_fills(self, cloid: Cloid, until_ms: int) -> None:
        """An answer told of fills of this order that no stream has told yet."""
        self._awaited.setdefault(cloid, until_ms)

    def take_awaited(self, now_ms: int) -> list[Cloid]:
        """Orders whose fills should have come by now."""
        late = [cloid for cloid, until_ms in self._awaited.items() if until_ms <= now_ms]
        for cloid in late:
            del self._awaited[cloid]
        return late

    def take(self, now_ms: int) -> Errand | None:
        """What is due; it is taken as done, and due again after its interval."""
        for errand in Errand:
            due_ms = self._due_ms.get(errand)
            if due_ms is not None and due_ms <= now_ms:
                self.done(errand, now_ms)
                return errand
        return None

    def is_due(self, errand: Errand) -> bool:
        """Whether it is asked for and has not been begun."""
        return errand in self._due_ms

    def done(self, errand: Errand, now_ms: int) -> None:
        """It was done, or is being done."""
        every_ms = self._every_ms.get(errand)
        if every_ms is None:
            self._due_ms.pop(errand, None)
        else:
            self._due_ms[errand] = now_ms + every_ms

    def failed(self, errand: Errand, now_ms: int) -> None:
        """It got no answer: again, soon."""
        self.request(errand, now_ms + self._settings.retry_ms)

    def take_ask(self, now_ms: int) -> Cloid | None:
        """An order that is to be asked about now."""
        for cloid, due_ms in self._asks.items():
            if due_ms <= now_ms:
                del self._asks[cloid]
                return cloid
        return None

    def next_ms(self) -> int:
        """When an errand is due."""
        return min((*self._due_ms.values(), *self._awaited.values()))

    def next_ask_ms(self) -> int | None:
        """When an order is to be asked about."""
        return min(self._asks.values(), default=None)
