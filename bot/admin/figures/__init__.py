"""Counting questions and publishing the counts."""
