"""How commands end; docs/configuration.md has the table, and `obedience` what kill adds."""

from __future__ import annotations

from typing import Final

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_CONFIG: Final = 5
EXIT_INTERRUPTED: Final = 130
