"""The venue's time: its clock and calendar, what is due when, and the blocks actions wait for."""
