# %% title [markdown]
# # 10 · Three actor models: asyncio, Pykka, and processes
#
# **Aim.** You write the same counter three times, in a coroutine, a thread, and a process, and measure what each is good at.
#
# **Time.** About 35 minutes, of which your computer works for some fifteen seconds.
#
# **You need** lessons 1 and 8.

# %% idea-text [markdown]
# ## One idea, three places to live
#
# An actor has state of its own, a mailbox, and takes one message at a time. Nothing in that says *where* it lives:
#
# | | lives in | messages travel by |
# | --- | --- | --- |
# | **asyncio** | a coroutine of an event loop | `asyncio.Queue`, in the same thread |
# | **Pykka** | a thread of this process | a queue between threads |
# | **Ray**, and raylite | a process of its own, perhaps on another machine | a connection; arguments are copied |
#
# The further away it lives, the better it is isolated, and the more a message costs. How much? We measure.

# %% init
import asyncio
import statistics
import time

import matplotlib.pyplot as plt
import pykka

import raylite as ray
from raylite.exercises.figure import show_figure

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
session = ray.init(ignore_reinit_error=True)
cpus = int(ray.cluster_resources()["CPU"])

# %% asyncio-text [markdown]
# ## In a coroutine
#
# Asyncio has no actors, but all they are made of. The mailbox is a queue; each message carries a *future* for the answer.

# %% asyncio
class AsyncioCounter:
    def __init__(self):
        self.value = 0
        self.mailbox = asyncio.Queue()
        self.task = asyncio.create_task(self.live())

    async def live(self):
        """Take one message after the other."""
        while True:
            work, answer = await self.mailbox.get()
            answer.set_result(work(self))

    def ask(self, work):
        """Send a message: a function of the counter. Gives a future."""
        answer = asyncio.get_running_loop().create_future()
        self.mailbox.put_nowait((work, answer))
        return answer


def increment(counter):
    counter.value += 1
    return counter.value


in_a_coroutine = AsyncioCounter()
print(await asyncio.gather(in_a_coroutine.ask(increment), in_a_coroutine.ask(increment)))

# %% pykka-text [markdown]
# ## In a thread
#
# Pykka gives each actor a thread. A *proxy* looks like the object; what a call gives is a future.

# %% pykka
class PykkaCounter(pykka.ThreadingActor):
    def __init__(self):
        super().__init__()
        self.value = 0

    def increment(self):
        self.value += 1
        return self.value

    def count_down(self, steps):
        while steps:
            steps -= 1


in_a_thread = PykkaCounter.start().proxy()
print(pykka.get_all([in_a_thread.increment(), in_a_thread.increment()]))

# %% process-text [markdown]
# ## In a process

# %% process
@ray.remote
class ProcessCounter:
    def __init__(self):
        self.value = 0

    def increment(self):
        self.value += 1
        return self.value

    def count_down(self, steps):
        while steps:
            steps -= 1


in_a_process = ProcessCounter.remote()
print(ray.get([in_a_process.increment.remote(), in_a_process.increment.remote()]))

# %% latency-text [markdown]
# ## What a message costs
#
# > **Predict first.** Ask, wait for the answer, ask again. Order the three by how long that takes. By which factor does the slowest differ from the quickest: ten, a hundred, a thousand?

# %% latency
ROUNDS = 2000


def median_us(seconds):
    """The middle one of so many times, in microseconds."""
    return 1e6 * statistics.median(seconds)


def times(ask):
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return found


async def async_times(ask):
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        found.append(time.perf_counter() - began)
    return found


latency = {
    "asyncio": median_us(await async_times(lambda: in_a_coroutine.ask(increment))),
    "Pykka": median_us(times(lambda: in_a_thread.increment().get())),
    "raylite": median_us(times(lambda: ray.get(in_a_process.increment.remote()))),
}
for name, us in latency.items():
    print(f"{name:8} {us:7.1f} µs")

# %% latency-answer [markdown]
# A coroutine is a few function calls away. A thread has to be woken, and so has a process; and a process's message is written, read and unpacked besides. All the same the process may come out ahead of the thread: two processes work side by side and wait awake for each other for a moment, while two threads of one process hand the interpreter back and forth. With one CPU that is over. On Ray itself a message takes about a millisecond.
#
# Against a method that takes a millisecond, all three are next to nothing. Against one that adds 1 to a number, they are everything: do not make an actor of a variable.

# %% scaling-text [markdown]
# ## What one more CPU is worth
#
# Now the method computes. One actor, then two, each with the same amount of work.
#
# > **Predict first.** With two CPUs: for which of the three do two actors take as long as one? And with one CPU?

# %% scaling
STEPS = 3_000_000


def count_down(_counter, steps=STEPS):
    while steps:
        steps -= 1


def seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


threads = [in_a_thread, PykkaCounter.start().proxy()]
processes = [in_a_process, ProcessCounter.remote()]
ray.get(processes[1].increment.remote())  # it is there

coroutines = [in_a_coroutine, AsyncioCounter()]
scaling = {"asyncio": [], "Pykka": [], "raylite": []}
for number in (1, 2):
    began = time.perf_counter()
    await asyncio.gather(*[actor.ask(count_down) for actor in coroutines[:number]])
    scaling["asyncio"].append(time.perf_counter() - began)
    scaling["Pykka"].append(
        seconds(lambda n=number: pykka.get_all([a.count_down(STEPS) for a in threads[:n]]))
    )
    scaling["raylite"].append(
        seconds(lambda n=number: ray.get([a.count_down.remote(STEPS) for a in processes[:n]]))
    )
for name, (one, two) in scaling.items():
    print(f"{name:8} one {one:.2f} s, two {two:.2f} s: {2 * one / two:.1f} times the work")

# %% plot
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
bars = left.barh(list(latency), list(latency.values()), color=[BLUE, ORANGE, GREEN])
left.bar_label(bars, fmt="%.0f µs", padding=4)
left.set(xlabel="microseconds for ask and answer", title="What a message costs")
left.margins(x=0.25)
for (name, times_s), color, marker in zip(
    scaling.items(), [BLUE, ORANGE, GREEN], "osD", strict=True
):
    right.plot([1, 2], times_s, color=color, marker=marker, label=name)
right.set(xticks=[1, 2], ylim=0, xlabel="actors that compute", ylabel="seconds")
right.set_title(f"The same work for each actor ({cpus} CPU{'s' if cpus > 1 else ''})")
right.legend()
alt = "Left, bars: what a message costs in each model. Right: one actor's time, and two actors'."
show_figure(figure, alt)

# %% scaling-answer [markdown]
# Coroutines and threads take turns: in one Python process one of them computes at a time. Processes compute side by side, as long as there is a CPU for each. With one CPU, as on Binder, all three lines rise alike.

# %% isolation-text [markdown]
# ## What is shared
#
# > **Predict first.** Each of the three is handed the same list, and appends to it. Whose change do you see?

# %% isolation
@ray.remote
class ProcessEditor:
    def edit(self, words):
        words.append("process")


class PykkaEditor(pykka.ThreadingActor):
    def edit(self, words):
        words.append("thread")


words = []
await in_a_coroutine.ask(lambda _: words.append("coroutine"))
editor = PykkaEditor.start().proxy()
editor.edit(words).get()
ray.get(ProcessEditor.remote().edit.remote(words))
print(words)

# %% isolation-answer [markdown]
# In one process everybody shares everything, whether they mean to or not: the mailbox protects the actor's own state, and nothing protects what the messages point to. What goes to another process is a *copy*.
#
# The same is true of the end. A process may crash, and the others live on (lesson 6). When a thread takes its process down, all go.

# %% which [markdown]
# ## Which one for which job
#
# | the job | take |
# | --- | --- |
# | a thousand connections that mostly wait | asyncio |
# | a library that blocks; a few of them; one machine | Pykka, or raylite with `max_concurrency` |
# | computing on several CPUs | raylite, Ray |
# | code that may crash, or must not see your data | raylite, Ray |
# | more than one machine | Ray |
#
# They go together well: an *async actor* (lesson 8) is an event loop in a process of its own.

# %% exercise [markdown]
# ## Exercise: which model for which job
#
# Six jobs. Which of the three do you take for each?
#
# - **`chat`** Five thousand people are connected to a chat. Most of the time nobody writes.
# - **`printers`** Three printers. Their library has ordinary functions that block until a page is out, and an open connection, which cannot be pickled and is used by all three.
# - **`simulation`** Eight simulations, in Python, of a minute each. The computer has eight CPUs.
# - **`plugins`** Extensions written by strangers in C. Now and then one crashes with a segmentation fault. The others are to go on.
# - **`tally`** A small server, all in one event loop. A tally of its visits is asked 50,000 times a second, and each time adds 1.
# - **`growing`** Images are sorted on a laptop today, and next year on twenty machines.

# %% exercise-card
from raylite.exercises import which_model

which_model

# %% exercise-stub-text [markdown]
# Write here:

# %% which-model
choices = {
    "chat": ...,  # "asyncio", "pykka" or "raylite"
    "printers": ...,
    "simulation": ...,
    "plugins": ...,
    "tally": ...,
    "growing": ...,
}
### BEGIN SOLUTION
choices = {
    "chat": "asyncio",
    "printers": "pykka",
    "simulation": "raylite",
    "plugins": "raylite",
    "tally": "asyncio",
    "growing": "raylite",
}
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Each of your choices is looked at.

# %% exercise-check
which_model.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
which_model.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
which_model.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Send a list of a million numbers instead of nothing. How do the three times change, and why one of them so much?
# 2. Ask a hundred times without waiting in between (`ray.get` of a hundred refs). What does a message cost now?
# 3. Let each counter raise an error in the middle. Who finds out, and when?

# %% end-text [markdown]
# ## Put everything away

# %% end
for coroutine in coroutines:
    coroutine.task.cancel()
pykka.ActorRegistry.stop_all()
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# - The actor model says nothing of where an actor lives; that decides what it costs and what it gives.
# - Near: messages are cheap, everything is shared, one CPU. Far: messages cost more, nothing is shared, many CPUs.
# - Measure before you choose.
#
# **Before:** [9 · Pools and queues](09_pools_and_queues.ipynb) · **Next:** [11 · Trees and supervision](11_trees_and_supervision.ipynb)
