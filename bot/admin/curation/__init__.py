"""Drafts, labels, and what waits for curators."""
