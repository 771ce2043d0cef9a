"""The wire's server side: HTTP and WebSocket on one port, and behind it a `VenuePort`."""
