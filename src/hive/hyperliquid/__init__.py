"""The venue's protocol without sockets: shapes, codec, actions, signing, session, limits."""
