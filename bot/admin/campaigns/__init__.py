"""Reminders: whom they are for, when they go, and what became of them."""
