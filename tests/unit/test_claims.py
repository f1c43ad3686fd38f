"""The bell wakes one worker for each piece of work, and no ring is lost on somebody busy."""

import asyncio

from bot.workers.claims import IDLE_SECONDS, MOST_UNHEARD, Bell, Job, Shift

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


def test_of_many_idle_workers_each_looks_seldom() -> None:
    shift = Shift(queues=None, channel=None, owner="a", bell=Bell(), colleagues=8)  # type: ignore[arg-type]
    pauses = [shift.pause() for _ in range(100)]
    assert min(pauses) >= IDLE_SECONDS * 4
    assert max(pauses) <= IDLE_SECONDS * 12
