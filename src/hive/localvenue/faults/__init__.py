"""What goes wrong, by script or by seed."""
