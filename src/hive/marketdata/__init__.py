"""One owner for every public stream: it hears the venue once and tells whoever asked."""
