"""Ready-made strategies, one file each. They know what any author knows, and nothing more."""
