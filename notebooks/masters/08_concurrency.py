# %% title [markdown]
# # 8 · Several calls at a time: threads, asyncio, concurrency groups
#
# **Aim.** You let one actor work on several calls at once, in two ways, protect its state, and keep a part of it responsive while the rest is busy.
#
# **Time.** About 35 minutes.
#
# **You need** lesson 5: an ordinary actor runs one call at a time. What a thread is helps, and so does having seen `async def`.

# %% init
import asyncio
import threading
import time

import raylite as ray

session = ray.init(ignore_reinit_error=True)


def timed(title, refs):
    """Wait for all, and say how long it took."""
    began = time.perf_counter()
    answers = ray.get(refs)
    took = time.perf_counter() - began
    print(f"{title:28} {took:4.1f} s")
    return answers


# %% one-text [markdown]
# ## Waiting, one after the other
#
# The method below takes a tenth of a second in which it does nothing but wait, as for a disk or a server.
#
# > **Predict first.** Twelve calls of an ordinary actor, and of one with `max_concurrency=4`: how long will each take?

# %% one
class Waiter:
    def wait(self):
        time.sleep(0.1)
        return threading.current_thread().name


one_at_a_time = ray.remote(Waiter).remote()
four_at_a_time = ray.remote(Waiter).options(max_concurrency=4).remote()
ray.get([one_at_a_time.wait.remote(), four_at_a_time.wait.remote()])  # both are there

with ray.trace() as waiting:
    timed("one at a time", [one_at_a_time.wait.remote() for _ in range(12)])
    names = timed("four at a time", [four_at_a_time.wait.remote() for _ in range(12)])
print(f"{len(set(names))} threads took turns")

# %% one-timeline-text [markdown]
# Each bar is a call, the dotted line before it the time in the mailbox.

# %% one-timeline
waiting.timeline()

# %% one-answer [markdown]
# `max_concurrency=4` gives the actor four threads, and three rounds of a tenth of a second do. It is still *one process*: for waiting that is fine. For computing it is not, since in one Python process one thread computes at a time. For computing take more actors.

# %% race-text [markdown]
# ## What you give up
#
# One call at a time meant that nobody changes the state between two lines of a method. With threads somebody does.
#
# > **Predict first.** Sixty-four calls add 1 to a number, reading it and writing it in two steps. What is the number at the end?

# %% race
class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self):
        before = self.value
        time.sleep(0.001)  # something else that has to be done
        self.value = before + 1

    def add_safely(self):
        with self.lock:
            before = self.value
            time.sleep(0.001)
            self.value = before + 1

    def get(self):
        return self.value


racing = ray.remote(Counter).options(max_concurrency=8).remote()
ray.get([racing.add.remote() for _ in range(64)])
lost = ray.get(racing.get.remote())
print("without a lock:", lost)

careful = ray.remote(Counter).options(max_concurrency=8).remote()
ray.get([careful.add_safely.remote() for _ in range(64)])
print("with a lock:   ", ray.get(careful.get.remote()))

# %% race-answer [markdown]
# Without a lock most additions are lost: eight threads read the same number and write the same sum. A *lock* lets one in at a time.
#
# A lock that is held all the time makes the actor an ordinary one again, only slower. Hold it for the lines that read and write, and not while you wait.

# %% async-text [markdown]
# ## Asyncio: many waits, one thread
#
# If a method is an `async def`, its actor has an *event loop* instead of threads. Calls take turns wherever they `await`, and nowhere else. That is why it needs no locks for what lies between two awaits, and why it can have very many calls at once: 1,000 unless you say otherwise.
#
# > **Predict first.** Two hundred calls that wait a fifth of a second each. How long for all?

# %% async
@ray.remote
class AsyncWorker:
    def __init__(self):
        self.now = 0
        self.most = 0

    async def square(self, number):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.2)
        self.now -= 1
        return number * number

    async def most_at_once(self):
        return self.most


worker = AsyncWorker.remote()
ray.get(worker.most_at_once.remote())
squares = timed("200 calls, no limit", [worker.square.remote(n) for n in range(200)])
print("at once:", ray.get(worker.most_at_once.remote()))

limited = AsyncWorker.options(max_concurrency=50).remote()
ray.get(limited.most_at_once.remote())
timed("200 calls, 50 at once", [limited.square.remote(n) for n in range(200)])
print("at once:", ray.get(limited.most_at_once.remote()))

# %% blocking-text [markdown]
# ### The one mistake
#
# `time.sleep`, a long computation, a `requests.get`: anything that does not `await` stops the loop, and everything with it.
#
# > **Predict first.** Six calls of a tenth of a second, with `time.sleep` instead of `await asyncio.sleep`. How long?

# %% blocking
@ray.remote
class Blocker:
    async def wrong(self):
        time.sleep(0.1)  # here is the mistake

    async def right(self):
        await asyncio.sleep(0.1)


blocker = Blocker.remote()
ray.get(blocker.right.remote())
with ray.trace() as blocking:
    timed("time.sleep", [blocker.wrong.remote() for _ in range(6)])
    timed("await asyncio.sleep", [blocker.right.remote() for _ in range(6)])

# %% blocking-timeline
blocking.timeline()

# %% blocking-answer [markdown]
# With `time.sleep` each call keeps the only thread for itself, and the others wait. With `await` all six are under way together.

# %% await-text [markdown]
# ### Refs can be awaited
#
# In an async method, and in a notebook cell, `await ref` is what `ray.get(ref)` is elsewhere, and lets others go on meanwhile.

# %% await
@ray.remote
class Boss:
    async def sum_of_squares(self, worker, count):
        return sum(await asyncio.gather(*[worker.square.remote(n) for n in range(count)]))


print(await Boss.remote().sum_of_squares.remote(worker, 10))

# %% groups-text [markdown]
# ## Concurrency groups
#
# A service often has a few quick methods that should answer at any time, such as "are you well?", and slow ones. If they share a limit, the quick ones wait behind the slow ones.
#
# *Groups* have a limit each. A method says which it belongs to; the others belong to the default group.
#
# > **Predict first.** The actor is busy with eight slow jobs, two at a time. How long does a health check take, in its own group and in the one of the jobs?

# %% groups
@ray.remote(concurrency_groups={"io": 2, "health": 1})
class Service:
    @ray.method(concurrency_group="io")
    async def fetch(self):
        await asyncio.sleep(0.2)
        return "data"

    @ray.method(concurrency_group="health")
    async def check(self):
        return "healthy"


def waited_ms(ref):
    """Milliseconds until the ref has a value."""
    began = time.perf_counter()
    ray.get(ref)
    return 1000 * (time.perf_counter() - began)


service = Service.remote()
ray.get(service.check.remote())

jobs = [service.fetch.remote() for _ in range(8)]
in_own_group = waited_ms(service.check.remote())
among_the_jobs = waited_ms(service.check.options(concurrency_group="io").remote())
print(f"in its own group: {in_own_group:5.0f} ms")
print(f"among the jobs:   {among_the_jobs:5.0f} ms")
jobs_done = ray.get(jobs)

# %% groups-answer [markdown]
# The group is a property of the *call*: `.options(concurrency_group="io")` puts one call elsewhere. Groups work with threads in the same way, each with threads of its own.

# %% which [markdown]
# ## Which one?
#
# | the calls | take |
# | --- | --- |
# | change state, quickly | an ordinary actor |
# | wait, with libraries that know `await` | an async actor |
# | wait, with libraries that do not | `max_concurrency` threads, and locks |
# | compute | several actors: one process computes on one CPU |
# | some quick, some slow | concurrency groups |

# %% exercise [markdown]
# ## Exercise: health check under load
#
# 1. `job(seconds)` waits that long, and returns `"done"`. At most two jobs are under way at a time.
# 2. `check()` returns `"healthy"`, and never waits for a job, however many there are.

# %% exercise-card
from raylite.exercises import health_check

health_check

# %% exercise-stub-text [markdown]
# Write here:

# %% health-check
@ray.remote
class Service:
    """Two jobs at a time, and a health check that never waits for them."""

    async def job(self, seconds):
        """Wait so many seconds (without blocking), and return "done"."""

    async def check(self):
        """Return "healthy"."""
### BEGIN SOLUTION
@ray.remote(concurrency_groups={"jobs": 2, "health": 1})
class Service:
    """Two jobs at a time, and a health check that never waits for them."""

    @ray.method(concurrency_group="jobs")
    async def job(self, seconds):
        await asyncio.sleep(seconds)
        return "done"

    @ray.method(concurrency_group="health")
    async def check(self):
        return "healthy"
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit.

# %% exercise-check
health_check.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
health_check.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
health_check.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Let `Counter.add` do its waiting *outside* of the lock, and stay correct. How much faster is it?
# 2. Give `Service` a method without a group, and call it while the jobs run. Which limit holds for it?
# 3. Write `Service` with ordinary methods, `time.sleep` and the same groups. Does the health check stay quick?

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# - `max_concurrency` gives an actor threads, or limits how many coroutines are under way.
# - With threads, state that is read and then written needs a lock. Between two awaits nothing does.
# - Nothing in an async method may block.
# - Concurrency groups keep one kind of call from waiting for another.
#
# **Before:** [7 · Keeping state](07_keeping_state.ipynb) · **Next:** [9 · Pools and queues](09_pools_and_queues.ipynb)
