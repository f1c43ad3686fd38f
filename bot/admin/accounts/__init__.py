"""Users of the admin, what they may do, and the trail of what they did."""
