"""How the messages of a campaign stand, as it may be told: no small number of people, and none by two looks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.application.campaigns.edit_campaigns import DeliveryCount
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.figures.disclosure import rough
from bot.core.vocabulary import Channel

ARRIVED = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ})
DELIVERED = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ})
FAILED = frozenset({DeliveryStatus.UNREACHABLE, DeliveryStatus.REFUSED, DeliveryStatus.FAILED})
LEFT_OUT = frozenset({DeliveryStatus.WITHDRAWN, DeliveryStatus.CAPPED, DeliveryStatus.LATE, DeliveryStatus.NOT_MEANT})
WAITING = frozenset({DeliveryStatus.WAITING, DeliveryStatus.SENDING})


@dataclass(frozen=True, kw_only=True)
class Line:
    """One fate of the messages of a run."""

    channel: Channel
    status: DeliveryStatus
    reason: str
    """Empty where there is none."""
    messages: int | None
    """As every number here: rounded, None for fewer than ten."""


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """How the messages of one run stand; nothing at all is told as 0, few as None."""

    number: int
    total: int | None
    finished: int | None
    waiting: int | None
    arrived: int | None
    delivered: int | None
    read: int | None
    failed: int | None
    in_doubt: int | None
    left_out: int | None
    is_sending: bool
    """Whether something is under way at this moment."""
    lines: Sequence[Line]


def reports_of(results: Mapping[int, Sequence[DeliveryCount]]) -> Sequence[RunReport]:
    """Return what may be told of each run, the first one first."""
    return [_report(number, counts) for number, counts in sorted(results.items())]


def told(messages: int) -> int | None:
    """Return a number of a report: 0 for nothing, None for fewer than ten, else rounded."""
    return rough(messages) if messages else 0


def _report(number: int, counts: Sequence[DeliveryCount]) -> RunReport:
    def sum_of(statuses: Collection[DeliveryStatus]) -> int | None:
        return told(sum(each.messages for each in counts if each.status in statuses))

    return RunReport(
        number=number,
        total=sum_of(frozenset(DeliveryStatus)),
        finished=sum_of(frozenset(DeliveryStatus) - WAITING),
        waiting=sum_of(WAITING),
        arrived=sum_of(ARRIVED),
        delivered=sum_of(DELIVERED),
        read=sum_of({DeliveryStatus.READ}),
        failed=sum_of(FAILED),
        in_doubt=sum_of({DeliveryStatus.IN_DOUBT}),
        left_out=sum_of(LEFT_OUT),
        is_sending=any(each.status is DeliveryStatus.SENDING for each in counts),
        lines=[
            Line(channel=each.channel, status=each.status, reason=each.reason, messages=told(each.messages))
            for each in counts
        ],
    )
