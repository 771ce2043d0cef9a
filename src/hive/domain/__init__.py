"""The vocabulary: frozen values that every room above speaks in.

Nothing here waits or reads a clock.
"""
