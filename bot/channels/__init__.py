"""Channels: route in, sender out."""
