"""What a coin's market shows: its prices, trades, candles and funding."""
