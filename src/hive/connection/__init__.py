"""Sockets and requests: the only folder that talks to the venue."""
