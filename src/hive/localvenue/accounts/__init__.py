"""An account's cash, positions and tokens, what trades do to them, and the fees it pays."""
