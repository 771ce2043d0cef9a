"""What is known of an account: streams go in, are booked once, journaled, and told as events."""
