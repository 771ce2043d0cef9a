"""`hive run` at the terminal: starts the trading process, draws what it says, reports its end."""
