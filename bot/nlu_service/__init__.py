"""The NLU process, as the bot starts, watches and asks it."""
