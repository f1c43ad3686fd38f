"""What runs before the product is there, or without it."""
