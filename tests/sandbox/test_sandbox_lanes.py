import threading

import anyio

from taskmatrix.core.protocols import Limits, Value
from taskmatrix.sandbox import MontySandbox
from taskmatrix.sandbox.lanes import Lanes


def lanes_there() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "taskmatrix-program"}


async def compute(sandbox: MontySandbox, number: int) -> None:
    async with sandbox.start(f"{number} * 2", [], Limits(), print) as run:
        assert await run.advance({}) == Value(number * 2)


def test_programs_one_after_another_have_one_thread_and_it_ends_with_the_sandbox() -> None:
    others, sandbox = lanes_there(), MontySandbox()

    async def main() -> None:
        for number in range(3):
            await compute(sandbox, number)

    anyio.run(main)
    (lane,) = lanes_there() - others
    anyio.run(compute, sandbox, 4)  # another loop
    assert lanes_there() - others == {lane}
    sandbox.close()
    lane.join(timeout=60)
    assert not lane.is_alive()


def test_no_more_threads_are_kept_than_are_wanted() -> None:
    others, lanes = lanes_there(), Lanes(most=1)
    taken = [lanes.take(), lanes.take()]
    threads = lanes_there() - others
    assert len(threads) == 2
    for lane in taken:
        lanes.give_back(lane)
    assert lanes.take() is taken[0]
    taken[0].leave()
    for thread in threads:
        thread.join(timeout=60)
    assert not lanes_there() - others
