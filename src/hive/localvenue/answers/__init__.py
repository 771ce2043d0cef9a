"""What is asked and what is told."""
