"""Errors, named by what the caller should do."""


class BotError(Exception):
    """Anything of ours that went wrong; its message never carries what a person wrote."""


class InvalidInputError(BotError):
    """What was handed in is wrong; the message says what to change."""


class PermanentError(BotError):
    """Trying again will not help; a person must look."""


class TemporaryError(BotError):
    """Trying again later may help."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the seconds after which to try again, None when nobody said."""
        super().__init__(message)
        self.retry_after = retry_after


class DatabaseDownError(BotError):
    """The database does not take part now; nothing of this was kept, and trying again later may help."""


class DatabaseBusyError(DatabaseDownError):
    """Somebody else works with the database for longer than we wait; in a moment it takes part again."""
