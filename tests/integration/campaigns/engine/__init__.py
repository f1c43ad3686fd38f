"""Campaigns of reminders on the fake Telegram, by real processes that are killed."""
