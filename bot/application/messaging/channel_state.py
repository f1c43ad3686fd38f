"""Whether a channel works: what its intake saw last, for the pages and the check that tell people."""

from collections.abc import Callable
from typing import Literal

Trouble = Literal["token", "other_poller", "webhook_set", "no_connection", "database", "error"]
"""Why nothing is taken in: the platform refuses the token, somebody else takes our updates away by polling or by a
webhook, the platform cannot be reached, the database cannot keep anything, or our program failed."""


class ChannelState:
    """One channel's last success and present trouble; one object for a process."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Take a clock that never goes back, in seconds."""
        self._monotonic = monotonic
        self.last_success: float | None = None
        """When the channel last asked or took in without an error, by the monotonic clock; None before the first."""
        self.trouble: Trouble | None = None
        """None when the last attempt was fine."""

    def worked(self) -> None:
        """Note that the channel asked the platform, or took an update in, and nothing failed."""
        self.last_success = self._monotonic()
        self.trouble = None

    def failed(self, reason: Trouble) -> None:
        """Note why nothing was taken in; the last success stays as it is."""
        self.trouble = reason
