"""Telegram, through python-telegram-bot's types over our own inbox, outbox and HTTP client."""
