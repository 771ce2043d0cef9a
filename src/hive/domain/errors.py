"""The error tree, grouped by who has to act.

    HiveError
    ├── OperatorError           a person must change something: configuration, key, port, disk
    │   ├── ConfigRefused       the configuration does not make sense (all faults at once)
    │   ├── KeyRefused          a private key that is none; the message never holds any of it
    │   ├── NotOffered          asked for something that Hive does not do yet
    │   ├── Busy                a port, a lock or an account is taken by somebody else
    │   ├── DiskFailed          the disk is full, gone or read-only
    │   └── Damaged             a file of ours does not hold what we wrote
    ├── CallerError             the calling code asked for something that cannot be
    │   ├── MalformedIdentifier
    │   ├── MalformedAction     JSON that is no action of the venue's (its answer is 422)
    │   ├── UnknownCoin
    │   ├── IllegalOrder        breaks a rule of the instrument; never left the process
    │   ├── LimitReached        a named bound of ours or of the venue
    │   └── IllegalMove         a report that an order's life does not allow
    ├── VenueError              the venue answered, and the answer is no or makes no sense
    │   ├── VenueRefused        it said no, in its own words
    │   └── BadFrame            it sent what its protocol does not allow
    └── LinkError               the road to the venue failed
        ├── NotSent             proof that no byte of it left: safe to try again
        └── Unanswered          it may have arrived: *unknown*, never to be taken for a no

Expected outcomes of orders are values (`domain.orders.Outcome`), not exceptions.
"""

from __future__ import annotations


class HiveError(Exception):
    """Anything Hive raises on purpose. `hint`, where given, says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class OperatorError(HiveError):
    """A person must change something before this can work."""


class ConfigRefused(OperatorError):
    """The configuration cannot be used; the message lists every fault with its place."""


class KeyRefused(OperatorError):
    """What was given as a private key is none. Never carries the value or any part of it."""


class NotOffered(OperatorError):
    """Hive knows what is meant and does not do it yet."""


class Busy(OperatorError):
    """A port, lock or account is taken."""


class DiskFailed(OperatorError):
    """The disk refused what was to be kept."""


class Damaged(OperatorError):
    """A file of ours does not hold what we wrote; `path` and `offset` (bytes) say where."""

    def __init__(self, path: str, offset: int, message: str, *, hint: str = "") -> None:
        super().__init__(f"{path} at byte {offset}: {message}", hint=hint)
        self.path = path
        self.offset = offset


class CallerError(HiveError):
    """The calling code asked for something that cannot be."""


class MalformedIdentifier(CallerError):
    """Text that is not an address, cloid or coin."""


class MalformedAction(CallerError):
    """JSON that is no action of the venue's; the message is for the sender."""


class UnknownCoin(CallerError):
    """No instrument has this name (names are case-sensitive)."""


class IllegalOrder(CallerError):
    """The order breaks the instrument's rule named in `rule`; it was not sent."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


class LimitReached(CallerError):
    """A named bound was reached; `limit` is its name."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(f"{limit}: {message}")
        self.limit = limit


class IllegalMove(CallerError):
    """A report that this life cycle does not allow: reconcile, never guess."""


class VenueError(HiveError):
    """The venue answered, and the answer is no or makes no sense."""


class VenueRefused(VenueError):
    """The venue said no; the message is its text."""


class BadFrame(VenueError):
    """Bytes that the venue's protocol does not allow."""


class LinkError(HiveError):
    """The road to the venue failed."""


class NotSent(LinkError):
    """No byte of the request left this process."""


class Unanswered(LinkError):
    """The request may have reached the venue and no answer came back."""
