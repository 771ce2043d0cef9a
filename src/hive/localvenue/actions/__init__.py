"""Signed actions: let in, carried out by their kind, and answered in the venue's words."""
