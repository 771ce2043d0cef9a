"""How commands end; docs/configuration.md and docs/risk.md tell people the same."""

from __future__ import annotations

from typing import Final

from hive.domain.errors import ConfigRefused, HiveError, NotOffered, OperatorError

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_NOT_RUNNING: Final = 4
"""Of kill and resume: nobody runs there."""
EXIT_CONFIG: Final = 5
"""A file, or what stands in it, is refused, by whichever process found it."""
EXIT_TIMEOUT: Final = 7
"""Of kill and resume: nobody obeyed in time."""
EXIT_INTERRUPTED: Final = 130


class StoppedEarly(OperatorError):
    """Somebody asked to stop before anything was traded."""

    def __init__(self) -> None:
        super().__init__("stopped before anything was traded")


def exit_code_of(error: HiveError) -> int:
    """The code of a process that ends with this error."""
    if isinstance(error, StoppedEarly):
        return EXIT_INTERRUPTED
    return EXIT_CONFIG if isinstance(error, ConfigRefused | NotOffered) else EXIT_FAILED
