"""Keeping persons out of what is kept."""
