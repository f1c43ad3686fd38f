"""The wakeups wakes one worker for each piece of work, and no ring is lost on somebody busy."""

import asyncio
import itertools
import time

from bot.application.messaging.ports import Claim, WorkKind
from bot.workers.conversations import WorkerContext
from bot.workers.wakeups import IDLE_SECONDS, MAX_PENDING, ClaimedWork, Wakeups

LONG = 30.0


async def sleeping(wakeups: Wakeups, workers: int) -> list["asyncio.Task[ClaimedWork | bool]"]:
    tasks = [asyncio.create_task(wakeups.wait(LONG)) for _ in range(workers)]
    await asyncio.sleep(0)
    return tasks


async def end(tasks: list["asyncio.Task[ClaimedWork | bool]"]) -> int:
    """Let whoever was woken go on, and return how many they were."""
    for _ in range(3):
        await asyncio.sleep(0)
    woken = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return woken


async def test_one_ring_wakes_one_worker() -> None:
    wakeups = Wakeups()
    tasks = await sleeping(wakeups, 4)
    wakeups.notify()
    assert await end(tasks) == 1


async def test_a_group_wakes_as_many_as_it_brought() -> None:
    wakeups = Wakeups()
    tasks = await sleeping(wakeups, 4)
    wakeups.notify(3)
    assert await end(tasks) == 3


async def test_a_ring_that_nobody_heard_keeps_the_next_from_sleeping_and_no_more() -> None:
    wakeups = Wakeups()
    wakeups.notify(100)
    for _ in range(MAX_PENDING):
        await asyncio.wait_for(wakeups.wait(LONG), 1.0)
    assert await end(await sleeping(wakeups, 1)) == 0


async def test_nobody_rings_and_the_worker_looks_by_itself() -> None:
    await asyncio.wait_for(Wakeups().wait(0.01), 5.0)


async def test_a_cancelled_sleeper_takes_no_ring_with_it() -> None:
    wakeups = Wakeups()
    gone = await sleeping(wakeups, 1)
    await end(gone)
    tasks = await sleeping(wakeups, 1)
    wakeups.notify()
    assert await end(tasks) == 1


async def test_offered_work_goes_to_who_waits() -> None:
    wakeups = Wakeups()
    tasks = await sleeping(wakeups, 2)
    assert wakeups.idle == 2
    wakeups.hand_over([claim("a")])
    assert wakeups.idle == 1
    assert await end(tasks) == 1
    results = [task.result() for task in tasks if not task.cancelled()]
    assert [each.claim.owner for each in results if isinstance(each, ClaimedWork)] == ["a"]
    assert wakeups.job() is None


async def test_offered_work_that_nobody_waits_for_is_taken_up_later_in_order() -> None:
    wakeups = Wakeups()
    wakeups.hand_over([claim("a"), claim("b")], wait=0.0)
    taken = [wakeups.job(), wakeups.job(), wakeups.job()]
    assert [each and (each.claim.owner, each.wait, each.is_fresh) for each in taken] == [
        ("a", 0.0, True),
        ("b", 0.0, True),
        None,
    ]


async def test_work_offered_as_the_sleep_ends_is_not_lost() -> None:
    wakeups = Wakeups()
    sleeper = asyncio.create_task(wakeups.wait(0.01))
    await asyncio.sleep(0)
    # The sleep's end and the offer come in one turn of the loop.
    time.sleep(0.05)  # noqa: ASYNC251 - the loop itself is kept busy
    asyncio.get_running_loop().call_soon(wakeups.hand_over, [claim("a")])
    woken = await sleeper
    left = wakeups.job()
    assert [each.claim.owner for each in (woken, left) if isinstance(each, ClaimedWork)] == ["a"]


def claim(owner: str) -> Claim:
    return Claim(kind=WorkKind.INBOX, key=owner.encode(), owner=owner, generation=1)


def test_of_many_idle_workers_each_looks_seldom() -> None:
    shift = WorkerContext(queues=None, channel=None, owner="a", wakeups=Wakeups(), peers=8)  # type: ignore[arg-type]
    pauses = [shift.pause() for _ in range(100)]
    assert min(pauses) >= IDLE_SECONDS * 4
    assert max(pauses) <= IDLE_SECONDS * 12


def test_a_conversation_whose_work_fails_is_left_alone_ever_longer_until_it_succeeds() -> None:
    wakeups = Wakeups()
    pauses = [wakeups.count_failure(b"a") for _ in range(9)]
    assert all(longer > shorter for shorter, longer in itertools.pairwise(pauses[:6]))
    assert 45.0 <= pauses[-1] <= 60.0
    assert wakeups.count_failure(b"b") <= 1.0
    wakeups.forget_failures(b"a")
    assert wakeups.count_failure(b"a") <= 1.0
