"""The bell wakes one worker for each piece of work, and no ring is lost on somebody busy."""

import asyncio
import itertools
import time

from bot.application.messaging.ports import Claim, WorkKind
from bot.workers.conversations import Shift
from bot.workers.wakeups import IDLE_SECONDS, MOST_UNHEARD, Bell, Job

LONG = 30.0


async def sleeping(bell: Bell, workers: int) -> list["asyncio.Task[Job | bool]"]:
    tasks = [asyncio.create_task(bell.wait(LONG)) for _ in range(workers)]
    await asyncio.sleep(0)
    return tasks


async def end(tasks: list["asyncio.Task[Job | bool]"]) -> int:
    """Let whoever was woken go on, and give how many they were."""
    for _ in range(3):
        await asyncio.sleep(0)
    woken = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return woken


async def test_one_ring_wakes_one_worker() -> None:
    bell = Bell()
    tasks = await sleeping(bell, 4)
    bell.ring()
    assert await end(tasks) == 1


async def test_a_group_wakes_as_many_as_it_brought() -> None:
    bell = Bell()
    tasks = await sleeping(bell, 4)
    bell.ring(3)
    assert await end(tasks) == 3


async def test_a_ring_that_nobody_heard_keeps_the_next_from_sleeping_and_no_more() -> None:
    bell = Bell()
    bell.ring(100)
    for _ in range(MOST_UNHEARD):
        await asyncio.wait_for(bell.wait(LONG), 1.0)
    assert await end(await sleeping(bell, 1)) == 0


async def test_nobody_rings_and_the_worker_looks_by_itself() -> None:
    await asyncio.wait_for(Bell().wait(0.01), 5.0)


async def test_a_cancelled_sleeper_takes_no_ring_with_it() -> None:
    bell = Bell()
    gone = await sleeping(bell, 1)
    await end(gone)
    tasks = await sleeping(bell, 1)
    bell.ring()
    assert await end(tasks) == 1


async def test_offered_work_goes_to_who_waits() -> None:
    bell = Bell()
    tasks = await sleeping(bell, 2)
    assert bell.idle == 2
    bell.offer([claim("a")])
    assert bell.idle == 1
    assert await end(tasks) == 1
    results = [task.result() for task in tasks if not task.cancelled()]
    assert [each.claim.owner for each in results if isinstance(each, Job)] == ["a"]
    assert bell.job() is None


async def test_offered_work_that_nobody_waits_for_is_taken_up_later_in_order() -> None:
    bell = Bell()
    bell.offer([claim("a"), claim("b")], wait=0.0)
    taken = [bell.job(), bell.job(), bell.job()]
    assert [each and (each.claim.owner, each.wait, each.is_fresh) for each in taken] == [
        ("a", 0.0, True),
        ("b", 0.0, True),
        None,
    ]


async def test_work_offered_as_the_sleep_ends_is_not_lost() -> None:
    bell = Bell()
    sleeper = asyncio.create_task(bell.wait(0.01))
    await asyncio.sleep(0)
    # The sleep's end and the offer come in one turn of the loop.
    time.sleep(0.05)  # noqa: ASYNC251 - the loop itself is kept busy
    asyncio.get_running_loop().call_soon(bell.offer, [claim("a")])
    woken = await sleeper
    left = bell.job()
    assert [each.claim.owner for each in (woken, left) if isinstance(each, Job)] == ["a"]


def claim(owner: str) -> Claim:
    return Claim(kind=WorkKind.INBOX, key=owner.encode(), owner=owner, generation=1)


def test_of_many_idle_workers_each_looks_seldom() -> None:
    shift = Shift(queues=None, channel=None, owner="a", bell=Bell(), colleagues=8)  # type: ignore[arg-type]
    pauses = [shift.pause() for _ in range(100)]
    assert min(pauses) >= IDLE_SECONDS * 4
    assert max(pauses) <= IDLE_SECONDS * 12


def test_a_conversation_whose_work_fails_is_left_alone_ever_longer_until_it_succeeds() -> None:
    bell = Bell()
    pauses = [bell.count_failure(b"a") for _ in range(9)]
    assert all(longer > shorter for shorter, longer in itertools.pairwise(pauses[:6]))
    assert 45.0 <= pauses[-1] <= 60.0
    assert bell.count_failure(b"b") <= 1.0
    bell.forget_failures(b"a")
    assert bell.count_failure(b"a") <= 1.0
