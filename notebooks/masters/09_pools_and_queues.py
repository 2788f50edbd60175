# %% title [markdown]
# # 9 · Pools and queues
#
# **Aim.** You share out a thousand small jobs among a few actors, keep the number of jobs under way small, and connect producers and consumers by a queue.
#
# **Time.** About 25 minutes.
#
# **You need** lessons 1, 2 and 5. Lesson 8 helps with the last part.

# %% init
import random
import time
from collections import Counter

import raylite as ray
from raylite.util import ActorPool
from raylite.util.queue import Empty, Queue

session = ray.init(ignore_reinit_error=True)

# %% pool-text [markdown]
# ## A pool of actors
#
# Making an actor costs a process: some milliseconds, and some megabytes. So for many small jobs one makes a few actors *once*, and gives them one job after the other. That is what `ActorPool` does.

# %% pool
@ray.remote(num_cpus=0)
class Worker:
    def __init__(self, name):
        self.name = name
        self.jobs = 0

    def square(self, number):
        self.jobs += 1
        return number * number

    def work(self, seconds):
        self.jobs += 1
        time.sleep(seconds)
        return self.name, seconds

    def how_many(self):
        return self.jobs


workers = [Worker.remote(f"worker {number}") for number in range(4)]
pool = ActorPool(workers)

# %% map-text [markdown]
# `map` takes a function that says how one job is sent to one actor, and the jobs.
#
# > **Predict first.** Will the thousand answers be in the order of the numbers?

# %% map
squares = list(pool.map(lambda worker, number: worker.square.remote(number), range(1000)))
print("in order:", squares == [number * number for number in range(1000)])

shares = ray.get([worker.how_many.remote() for worker in workers])
print("jobs of each worker:", shares)

# %% map-answer [markdown]
# They are: `map` gives the answers in the order of the jobs, whoever was done first. If you would rather have each answer as soon as it is there, take `map_unordered`.

# %% unordered-text [markdown]
# ## Fair shares
#
# An actor gets its next job when it is done with the last one. So whoever has quick jobs does more of them, and nobody has to plan.
#
# > **Predict first.** One of the forty jobs takes half a second, the others a hundredth. What do the other three workers do meanwhile?

# %% unordered
seconds = [0.01] * 39
seconds.insert(3, 0.5)

with ray.trace() as sharing:
    began = time.perf_counter()
    jobs = Counter()
    for name, _ in pool.map_unordered(lambda worker, s: worker.work.remote(s), seconds):
        jobs[name] += 1
    took = time.perf_counter() - began

for name, count in sorted(jobs.items()):
    print(f"{name}: {count:2} jobs")
print(f"all done after {took:.2f} s")

# %% timeline-text [markdown]
# Each bar is a job. The worker with the long one has few others; the rest went on.

# %% timeline
sharing.timeline()

# %% submit-text [markdown]
# ## One job at a time
#
# For more control there is `submit`, `has_next`, `get_next` and `get_next_unordered`: give jobs and take answers whenever it suits you.

# %% submit
for number in range(6):
    pool.submit(lambda worker, n: worker.square.remote(n), number)

answers = []
while pool.has_next():
    answers.append(pool.get_next())
print(answers)

# %% pressure-text [markdown]
# ## Back-pressure
#
# A loop can send calls much faster than anybody can answer them. A million calls that wait are a million arguments in memory. So do not let them pile up: keep a *window* of calls under way, and send the next one when one is done. `ray.wait` says which.
#
# > **Predict first.** A thousand jobs, and never more than eight under way. How many refs will the list below hold at most?

# %% pressure
under_way, done, most = [], 0, 0
for number in range(1000):
    if len(under_way) == 8:
        ready, under_way = ray.wait(under_way, num_returns=1)
        done += len(ready)
    under_way.append(workers[number % 4].square.remote(number))
    most = max(most, len(under_way))
done += len(ray.get(under_way))
print(f"{done} jobs done, at most {most} under way")

# %% queue-text [markdown]
# ## A queue between processes
#
# With a pool, somebody hands out the jobs. With a `Queue`, those who make work and those who do it need not know each other. It is itself an actor, so everybody who has it shares it.
#
# A queue with a `maxsize` is back-pressure, too: `put` waits while it is full.
#
# > **Predict first.** Two producers make twenty items each, as fast as they can; three consumers take a moment for each. The queue holds five. Who waits for whom?

# %% queue
STOP = "stop"


@ray.remote(num_cpus=0)
def produce(queue, name, count):
    waited = 0.0
    for number in range(count):
        began = time.perf_counter()
        queue.put(f"{name} {number}")
        waited += time.perf_counter() - began
    return waited


@ray.remote(num_cpus=0)
def consume(queue):
    taken = []
    while (item := queue.get()) != STOP:
        time.sleep(random.uniform(0.005, 0.02))
        taken.append(item)
    return taken


queue = Queue(maxsize=5)
consumers = [consume.remote(queue) for _ in range(3)]
waits = ray.get([produce.remote(queue, name, 20) for name in ("a", "b")])
for _ in consumers:
    queue.put(STOP)
taken = ray.get(consumers)

print("items taken by each:", [len(items) for items in taken])
print("all there, none twice:", len({item for items in taken for item in items}) == 40)
print("producers waited:", ", ".join(f"{wait:.2f} s" for wait in waits))

# %% queue-answer [markdown]
# The producers wait for the consumers: most of their time goes into `put`. The items of one producer go in in order; which consumer gets which is chance.
#
# How do the consumers know when to stop? An item that means "stop", one for each consumer. (To see whether the queue is *empty* is no way to know: a producer may be about to put something.)

# %% no-wait
try:
    queue.get_nowait()
except Empty:
    print("nothing in it")
queue.shutdown()

# %% exercise [markdown]
# ## Exercise: a thousand jobs
#
# Write `map_jobs(numbers)`. It returns the squares of the numbers, in their order, and has them computed by four actors of the class `Worker`, one call for each number. (The class is there already; the cell below writes it anew.)

# %% exercise-card
from raylite.exercises import thousand_jobs

thousand_jobs

# %% exercise-stub-text [markdown]
# Write here:

# %% thousand-jobs
@ray.remote
class Worker:
    def square(self, number):
        return number * number


def map_jobs(numbers):
    """The squares of the numbers, in their order, computed by four workers."""
    return ...
### BEGIN SOLUTION
@ray.remote
class Worker:
    def square(self, number):
        return number * number


def map_jobs(numbers):
    """The squares of the numbers, in their order, computed by four workers."""
    pool = ActorPool([Worker.remote() for _ in range(4)])
    return list(pool.map(lambda worker, number: worker.square.remote(number), numbers))
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit.

# %% exercise-check
thousand_jobs.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
thousand_jobs.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
thousand_jobs.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Map a thousand jobs on one, two, four and eight workers with `work` and a hundredth of a second each. Plot the time against the number of workers.
# 2. Let one of the four workers be dead (`ray.kill(workers[0])`). What does `pool.map` do?
# 3. `util.as_completed(refs)` gives values as they come. Write the window of *Back-pressure* with it. Is it possible?

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | you have | you take |
# | --- | --- |
# | many small jobs, all alike | `ActorPool.map` or `map_unordered` |
# | jobs that come one by one | `ActorPool.submit` and `get_next` |
# | more calls than should wait at once | a window, with `ray.wait` |
# | makers and doers who do not know each other | a `Queue`, with a `maxsize` |
#
# **Before:** [8 · Several calls at a time](08_concurrency.ipynb) · **Next:** [10 · Three actor models](10_three_actor_models.ipynb)
