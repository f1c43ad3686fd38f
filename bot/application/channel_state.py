"""What a channel knows of its own intake: whether its platform and our database take part."""

from collections.abc import Callable


class ChannelState:
    """The state of one channel that takes in; one object a channel, changed in place."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin with nothing known; `monotonic` gives the seconds by which successes are dated."""
        self._monotonic = monotonic
        self.last_success: float | None = None
        """When the platform was last asked, or brought something, with success; None before the first time."""
        self.trouble: str | None = None
        """What does not work now: `token`, `other_poller`, `webhook_set`, `no_connection`, `database` or `error`."""

    def worked(self) -> None:
        """Note a success; whatever troubled the channel is over."""
        self.last_success = self._monotonic()
        self.trouble = None

    def failed(self, reason: str) -> None:
        """Note what does not work, until the next success."""
        self.trouble = reason
