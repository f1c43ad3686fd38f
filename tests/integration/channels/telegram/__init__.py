"""Telegram, end to end."""
