# %% title [markdown]
# # 2 · Many tasks, one progress actor: estimating π
#
# **Aim.** You let many *tasks* compute side by side, and one *actor* keep count of how far all of them are. You watch it live, and see how an estimate gets better the more samples it has.
#
# **Time.** About 30 minutes, of which your computer works for some ten seconds.
#
# **You need** [lesson 1](01_first_actor.ipynb): what an actor is, `.remote()`, and `ray.get`.

# %% darts-text [markdown]
# ## Throw darts, find π
#
# Throw darts at a square of side 1, anywhere with the same chance. A quarter of a circle with radius 1 covers π/4 of it. So of many darts, about π/4 land inside, and
#
# **π ≈ 4 · darts inside / darts thrown**
#
# Here are 1,500 of them. Dots that are in are blue, crosses that are out are orange.

# %% darts
import math
import random
import time

import matplotlib.pyplot as plt

from raylite.exercises.figure import show_figure

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"  # can be told apart by everyone

rng = random.Random(1)
darts = [(rng.random(), rng.random()) for _ in range(1500)]
inside = [dart for dart in darts if math.hypot(*dart) <= 1]
outside = [dart for dart in darts if math.hypot(*dart) > 1]

figure, axes = plt.subplots(figsize=(4.2, 4.2))
axes.scatter(*zip(*inside, strict=True), s=9, color=BLUE)
axes.scatter(*zip(*outside, strict=True), s=12, color=ORANGE, marker="x")
axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xticks=[0, 1], yticks=[0, 1])
axes.set_title(f"{len(inside)} of {len(darts)} inside: π ≈ {4 * len(inside) / len(darts):.3f}")
show_figure(figure, "A square full of darts. Those in the quarter of a circle are blue dots.")

# %% start-text [markdown]
# ## Start a session

# %% init
import raylite as ray

session = ray.init(ignore_reinit_error=True)
cpus = int(ray.cluster_resources()["CPU"])
print(f"CPUs for tasks: {cpus}")


# %% cpus-note [markdown]
# That is the number of CPUs this notebook *may use*. `os.cpu_count()` would tell you how many the machine has; on a shared server, such as Binder, most of them are not yours.

# %% speed-text [markdown]
# ## How fast is this machine?
#
# The function below throws darts in a plain loop, here in the notebook. It has a seed of its own, so that two tasks never throw the same darts, and a run can be repeated.
#
# We time it first. That tells us how many darts we can afford, and it is what we compare with later: *one process, one loop*.

# %% speed
def count_inside(darts, seed):
    rng = random.Random(seed)
    inside = 0
    for _ in range(darts):
        x, y = rng.random(), rng.random()
        if x * x + y * y <= 1:
            inside += 1
    return inside


timed, began = 0, time.perf_counter()
while time.perf_counter() - began < 1:
    count_inside(50_000, seed=timed)
    timed += 50_000
serial_speed = timed / (time.perf_counter() - began)
print(f"one loop throws {serial_speed / 1e6:.1f} million darts a second")

# %% plan-text [markdown]
# ## Plan the work
#
# Choose how long it may take. Everything else follows: a slow machine throws fewer darts, and nobody waits for minutes.

# %% parameters tags=["parameters"]
SECONDS = 5  # for all of it, on any machine
TASKS_PER_CPU = 4  # more than one, so that no CPU idles while another finishes
REPORTS = 50  # how often each task says how far it is

# %% plan
num_tasks = TASKS_PER_CPU * cpus
darts_per_task = REPORTS * max(1, round(serial_speed * SECONDS / TASKS_PER_CPU / REPORTS))
print(f"{num_tasks} tasks with {darts_per_task:,} darts each: {num_tasks * darts_per_task:,} darts")


# %% actor-text [markdown]
# ## One actor hears from every task
#
# A *task* is a function that runs in another process: it starts, computes, returns, and leaves nothing behind. Tasks run side by side, and none knows of the others.
#
# So who knows how far all of them are? An actor, because it keeps state. Every task is given its handle, and reports to it while it works.
#
# ![The driver starts several sampling tasks. Each of them sends reports to one progress actor. The driver asks the actor how far all of them are.](images/tasks_and_progress.svg)

# %% actor
@ray.remote
class PiProgress:
    """Remembers what each task has reported last, and how the sum has grown."""

    def __init__(self, num_tasks, darts_per_task):
        self.darts_per_task = darts_per_task
        self.thrown = [0] * num_tasks
        self.inside = [0] * num_tasks
        self.history = []

    def report(self, task, thrown, inside):
        self.thrown[task] = thrown
        self.inside[task] = inside
        self.history.append((sum(self.thrown), sum(self.inside)))

    def progress(self):
        """For each task, how much of its work is done: a number from 0 to 1."""
        return {f"task {task}": n / self.darts_per_task for task, n in enumerate(self.thrown)}

    def history(self):
        """Darts thrown and darts inside, all tasks together, after every report."""
        return self.history


# %% task-text [markdown]
# On a function, `@ray.remote` makes a *remote function*. Each call of it is one task.
#
# Everything the task needs is passed to it: how many darts, how often to report, and the actor's handle. A report is sent off without waiting for an answer, so it hardly costs the task any time. Only the last one is waited for: when the task has ended, the actor has heard everything.

# %% task
@ray.remote
def sample(task, darts, reports, progress):
    share = darts // reports
    inside = 0
    for number in range(1, reports + 1):
        inside += count_inside(share, seed=f"task {task}, share {number}")
        reported = progress.report.remote(task, number * share, inside)
    ray.get(reported)
    return inside


# %% run-text [markdown]
# ## Run it and watch
#
# `ray.progress` waits for the refs. Ten times a second it asks the method given as `by` how far things are, and draws a bar for each task.
#
# > **Predict first.** There are four times as many tasks as CPUs. Will all bars move from the start?
#
# You may interrupt the cell with ■: that ends the watching, while tasks that have begun run on until they are done. Then simply run it again.

# %% run
progress = PiProgress.remote(num_tasks, darts_per_task)

with ray.trace() as throwing:
    began = time.perf_counter()
    refs = [sample.remote(task, darts_per_task, REPORTS, progress) for task in range(num_tasks)]
    ray.progress(refs, by=progress.progress, desc="throwing darts")
    elapsed = time.perf_counter() - began

thrown = num_tasks * darts_per_task
estimate = 4 * sum(ray.get(refs)) / thrown
print(f"π ≈ {estimate:.6f} from {thrown:,} darts, off by {abs(estimate - math.pi):.6f}")

# %% run-answer [markdown]
# <details><summary>Which bars moved first</summary>
#
# As many as there are CPUs. A task needs a CPU while it runs, and the others wait until one is free. The progress actor needs none for itself: it only takes notes now and then.
#
# </details>

# %% timeline-text [markdown]
# ### Who computed when
#
# `ray.trace()` has taken note of what happened in its block. Each line is a process, each bar a task.
#
# > **Predict first.** How many tasks are there at work at any moment? And what is the driver's line going to show?

# %% timeline
throwing.timeline()

# %% timeline-answer [markdown]
# One for each CPU: where a bar ends, the next one begins. (Now and then there is one more: a task that waits in `get` for its last report lends its CPU to the next.) The yellow steps are the tasks that the driver has in hand because no CPU is free for them, and the many short calls are the reports that the actor has taken down.

# %% speedup-text [markdown]
# ## Was it worth it?
#
# > **Predict first.** How many times as many darts a second as the one loop above?

# %% speedup
parallel_speed = thrown / elapsed
speedup = parallel_speed / serial_speed
print(f"one loop    {serial_speed / 1e6:6.1f} million darts a second")
print(f"all tasks   {parallel_speed / 1e6:6.1f} million darts a second")
print(f"speed-up    {speedup:6.2f} (CPUs: {cpus})")
if cpus == 1:
    print("One CPU computes one thing at a time: more processes only take turns on it.")
elif speedup < 0.7 * cpus:
    print("Less than there are CPUs: something else is using them, or they share one core.")

# %% speedup-answer [markdown]
# **Honest words.** Tasks share out the CPUs there are; they do not make more of them. With one CPU, as on Binder, the best you can hope for is about 1: the same work, in turns, and a little less for starting tasks and passing messages. With two you may come near 2, as long as nothing else keeps them busy. (Do not read too much into the second decimal: the loop was timed for one second only, and other programs use the machine as well.) What tasks that *wait* (for a disk, a server, a `sleep`) gain, you saw in lesson 1, and that works on one CPU too.

# %% plot-text [markdown]
# ## See it converge
#
# The actor has kept the sum after every report, so we can look at how the estimate grew.
#
# Left: the estimate, and the band in which 95 of 100 such estimates lie. Right: its distance from π. Chance shrinks it like 1/√n, which is a straight line when both axes are logarithmic.

# %% plot
history = ray.get(progress.history.remote())
counts = [count for count, _ in history]
estimates = [4 * hits / count for count, hits in history]
errors = [abs(value - math.pi) for value in estimates]
# The standard deviation of such an estimate from n darts is sqrt(π (4 - π) / n).
bands = [1.96 * math.sqrt(math.pi * (4 - math.pi) / count) for count in counts]

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
low, high = [math.pi - band for band in bands], [math.pi + band for band in bands]
left.fill_between(counts, low, high, color=BLUE, alpha=0.18, label="95 of 100 lie here")
left.axhline(math.pi, color=GREEN, linestyle="--", label="π")
left.plot(counts, estimates, color=BLUE, label="estimate")
left.set(xscale="log", xlabel="darts thrown", ylabel="π", title="The estimate settles")

right.plot(counts, bands, color=GREEN, linestyle="--", label="95 of 100 are below")
right.plot(counts, errors, color=ORANGE, label="distance from π")
right.set(xscale="log", yscale="log", xlabel="darts thrown", ylabel="distance from π")
right.set_title("Its error shrinks slowly")
for axes in (left, right):
    axes.grid(alpha=0.3)
    axes.legend()
show_figure(figure, "Left: the estimate swings less and less around π. Right: its error shrinks.")

# %% plot-answer [markdown]
# > **Predict.** How many more darts does one further digit take?
#
# <details><summary>Answer</summary>
#
# A hundred times as many: a tenth of the error needs 10² times the darts. Follow the dashed line on the right: two steps along the lower axis for one step down. That is why this is a fine way to learn about tasks, and a poor way to learn more digits of π.
#
# </details>

# %% exercise [markdown]
# ## Exercise: Pi with progress
#
# Write both parts of it yourself, in small:
#
# 1. `Progress(total)` is an actor class. `report(task, thrown)` remembers how many darts a task has thrown so far; `fraction()` says how much of the total that is, all tasks together: a number from 0 to 1.
# 2. `throw(task, darts, progress)` is a task. It throws its darts in ten shares, reports after each, and returns how many are inside.
# 3. `pi` is your estimate from four such tasks.

# %% exercise-card
from raylite.exercises import pi_with_progress

pi_with_progress

# %% exercise-stub-text [markdown]
# Write here:

# %% pi-with-progress
@ray.remote
class Progress:
    """Knows how many darts each task has thrown, and how many there will be in all."""

    def __init__(self, total):
        """Keep the total."""

    def report(self, task, thrown):
        """Remember how many darts the task of that number has thrown so far."""

    def fraction(self):
        """Return how much of it is done, all tasks together: from 0 to 1."""


@ray.remote
def throw(task, darts, progress):
    """Throw the darts in ten shares, report after each, and return how many are inside."""


pi = ...  # your estimate, from four tasks
### BEGIN SOLUTION
@ray.remote
class Progress:
    """Knows how many darts each task has thrown, and how many there will be in all."""

    def __init__(self, total):
        self.total = total
        self.thrown = {}

    def report(self, task, thrown):
        self.thrown[task] = thrown

    def fraction(self):
        return sum(self.thrown.values()) / self.total


@ray.remote
def throw(task, darts, progress):
    """Throw the darts in ten shares, report after each, and return how many are inside."""
    share, inside = darts // 10, 0
    for number in range(1, 11):
        inside += sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(share))
        reported = progress.report.remote(task, number * share)
    ray.get(reported)
    return inside


counter = Progress.remote(4 * 10_000)
refs = [throw.remote(task, 10_000, counter) for task in range(4)]
pi = 4 * sum(ray.get(refs)) / (4 * 10_000)
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class and your function are tried in fresh actors and tasks, with a time limit.

# %% exercise-check
pi_with_progress.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
pi_with_progress.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
pi_with_progress.solution()

# %% your-turn [markdown]
# ## More to try
#
# Change one thing at a time, and run from there:
#
# 1. `TASKS_PER_CPU = 1`: what do the bars look like, and is it faster?
# 2. `REPORTS = 2000`: what do all these messages cost?
# 3. Give `PiProgress` a method `fraction()` that returns one number for all tasks together, and watch with `by=progress.fraction`. (Run the cell with the class, then the cell that makes the actor.)

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | task | actor |
# | --- | --- |
# | a function, `@ray.remote` | a class, `@ray.remote` |
# | runs anywhere, leaves nothing behind | stays, and keeps its state |
# | many at a time, one CPU each | one call at a time |
# | good at computing | good at knowing |
#
# A handle can be passed on like any value: that is how the tasks came to know the actor.
#
# On Ray itself, with another import, all of this runs as it is, but for the line with `ray.progress`, which is raylite's own. There you would ask `ray.get(progress.progress.remote())` in a loop.
#
# **Before:** [1 · Your first actor](01_first_actor.ipynb) · **Next:** [3 · Who called what, how often](03_telemetry.ipynb)
