"""Taking messages in and sending them out: order, rates, outcomes."""
