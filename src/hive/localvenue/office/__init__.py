"""Accounts and their money, apart from trading."""
