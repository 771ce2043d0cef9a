"""The page at 127.0.0.1."""
