"""The bot process: channels, dialogue, guidance and log."""
