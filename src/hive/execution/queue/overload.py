"""Why an order is turned away before it is sent, and when it is worth asking again."""

from __future__ import annotations

import msgspec


class Overload(msgspec.Struct, frozen=True):
    """More is asked for than may be sent in time. `reason` begins with the rule's name."""

    reason: str
    retry_after_ms: int | None = None
    """None where time alone does not help."""

    def __str__(self) -> str:
        if self.retry_after_ms is None:
            return self.reason
        return f"{self.reason}; try again in {self.retry_after_ms} ms"
