"""Values of the venue as the JSON it tells."""
