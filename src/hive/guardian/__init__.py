"""Stops everything when the trader cannot: a process of its own, with an agent key of its own."""
