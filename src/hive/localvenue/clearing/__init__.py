"""Orders in; trades, changed accounts and news of both out."""
