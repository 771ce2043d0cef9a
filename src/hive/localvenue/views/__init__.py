"""Values of the venue as the JSON it tells, and what everybody may see of its markets."""
