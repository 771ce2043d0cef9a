"""Taking up an order: checked, registered and put in its lane, or refused by name."""
