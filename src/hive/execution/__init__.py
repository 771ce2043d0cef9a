"""Everything between an intent and a fill; owns its account's private streams."""
