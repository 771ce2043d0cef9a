"""What the L1 actions share: how they are spelled (protocol.md 2.4)."""

from __future__ import annotations

import msgspec


class L1Action(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="type",
    rename="camel",
):
    """Signed over its msgpack, by an agent or the account itself. Carries nothing of its own."""
