"""One order's life: its ids, its legs, what each word of the venue's does to it, and its doubts."""
