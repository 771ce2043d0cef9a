"""From waiting orders to signed actions: no own crosses, few batches, one place that signs."""
