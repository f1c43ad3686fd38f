"""Processes, databases and browsers for tests."""
