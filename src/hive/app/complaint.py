"""How a mistake is told to a person: a line, and a hint below it where there is one."""

from __future__ import annotations

from hive.domain.errors import HiveError


def told(error: HiveError) -> str:
    """The error as it is written to a terminal."""
    hint = f"      {error.hint}\n" if error.hint else ""
    return f"hive: {error}\n{hint}"


def uncertain_text(orders: int, state_dir: str) -> str:
    """What is said when a run ended before the venue confirmed the ends of its orders."""
    if not orders:
        return ""
    is_one = orders == 1
    which = "the end of one order is" if is_one else f"the ends of {orders} orders are"
    it, them = ("it", "it") if is_one else ("they", "them")
    return (
        f"hive: {which} not known: the venue did not answer in time\n"
        f"      {it} may still be open there; start the run again, {state_dir} remembers {them}\n"
    )
