# %% title [markdown]
# # 0 · What runs where
#
# **Aim.** You see the processes that work for you: the notebook's, the head, the workers. And you get to know the tools of this course.
#
# **Time.** About 15 minutes.
#
# **You need** to have seen a notebook before. Run the cells from top to bottom with Shift + Enter.

# %% course [markdown]
# ## The course
#
# | | lesson | about |
# | --- | --- | --- |
# | 0 | What runs where | processes, and how to look at them |
# | [1](01_first_actor.ipynb) | Your first actor | state, calls, refs |
# | [2](02_pi_with_progress.ipynb) | Many tasks, one progress actor | tasks, and an actor that knows how far they are |
# | [3](03_telemetry.ipynb) | Who called what, how often | actors that count; what the session records |
# | [4](04_resources_and_placement.ipynb) | Resources and places | CPUs, GPUs, nodes, placement groups |
# | [5](05_submission_and_order.ipynb) | Where a call goes, and in which order | queues, overtaking |
# | [6](06_failure.ipynb) | When an actor dies | crashes, restarts, retries |
# | [7](07_keeping_state.ipynb) | Keeping state | checkpoints, names, detached actors |
# | [8](08_concurrency.ipynb) | Several calls at a time | threads, asyncio, concurrency groups |
# | [9](09_pools_and_queues.ipynb) | Pools and queues | sharing out work |
# | [10](10_three_actor_models.ipynb) | Three actor models | asyncio, Pykka and processes compared |
# | [11](11_trees_and_supervision.ipynb) | Trees and supervision | actors that make actors, and keep them alive |
# | [12](12_leaving_the_laptop.ipynb) | Leaving the laptop | what things cost; the same program on Ray |
#
# Lessons 1 and 2 come first. Then go where you like; each says what it builds on.

# %% program-text [markdown]
# ## One program, one process
#
# A program that runs is a *process*. Each has a number, its *pid*, and memory of its own that no other process can see. This notebook is one: your cells run in it.

# %% program
import os

print("this notebook is process", os.getpid())

# %% session-text [markdown]
# ## A session
#
# `ray.init()` starts a few more. (*Ray* is a library that runs Python programs on many machines. `raylite` speaks its language on one, and is imported under its name.)
#
# > **Predict first.** How long does that take?

# %% session
import time

import raylite as ray

began = time.perf_counter()
session = ray.init(ignore_reinit_error=True)
print(f"ready after {time.perf_counter() - began:.2f} s")

# %% processes-text [markdown]
# ## Who is there now
#
# | process | what it does |
# | --- | --- |
# | **driver** | this notebook: your cells, the handles you hold |
# | **head** | keeps the books: which actors there are, who may use which CPU. It runs none of your code |
# | **workers** | run your code: actors and tasks |
#
# Let us ask a worker who it is. `@ray.remote` makes of a function one that runs in a worker; `.remote()` calls it, and `ray.get` waits for the answer. Lesson 1 explains all three.

# %% processes
@ray.remote
def who_are_you():
    return os.getpid(), os.getppid()


worker, parent = ray.get(who_are_you.remote())
print(f"driver  pid {os.getpid()}")
print(f"worker  pid {worker}, started by process {parent}")

# %% status-text [markdown]
# ## Tools
#
# The notebook has a few commands for looking. `%load_ext raylite` brings them; `%raylite status` shows what is alive.

# %% load-ext
# %load_ext raylite

# %% status
# %raylite status

# %% actor-text [markdown]
# Make an actor and look again: it has a process to itself.

# %% actor
@ray.remote
class Guest:
    def pid(self):
        return os.getpid()


guest = Guest.remote()
print("the guest is process", ray.get(guest.pid.remote()))

# %% status-again
# %raylite status

# %% dashboard-text [markdown]
# ### Everything at a glance
#
# `ray.dashboard()` shows the whole session, and moves while other cells run. Leave it open: when you come to the exercise, look up here again.
#
# > **Predict first.** The notebook, the head, the guest: which of the three will have a row under *Workers*? (Click on that tab to see.)

# %% dashboard
ray.dashboard()

# %% dashboard-answer [markdown]
# <details><summary>Answer</summary>
#
# Two. The guest has one, and so has this notebook: it makes calls, and holds what comes of them. The head has none, since it runs no code of yours. There may be a worker more, without an actor: one is kept ready for whoever comes next.
#
# </details>

# %% print-text [markdown]
# ### What a worker prints
#
# It appears here, below the cell that made the call, with the name of who printed it.

# %% print
@ray.remote
def greet(name):
    print("hello,", name)


ray.get(greet.remote("you"))

# %% error-text [markdown]
# ### What goes wrong
#
# An error in a worker comes back to whoever asks for the value. The cell below shows one, on purpose: look for your own line in it.

# %% error
@ray.remote
def divide(a, b):
    return a / b


try:
    ray.get(divide.remote(1, 0))
except ZeroDivisionError as error:
    print(error)

# %% interrupt-text [markdown]
# ### When something takes too long
#
# The button ■ (or the keys <kbd>I</kbd> <kbd>I</kbd>) stops the *waiting*. The actors go on and keep their state. Should you ever want to begin anew: *Kernel → Restart* ends every process of the session with the notebook.

# %% exercise [markdown]
# ## Exercise: find the pids
#
# Make two actors of the class `Guest`, ask both for their pids, and keep the two numbers in a list called `pids`, the first actor's first.
#
# Exercises come with a helper. It knows hints, and tries out what you write.

# %% exercise-card
from raylite.exercises import find_pids

find_pids

# %% exercise-stub-text [markdown]
# Write here:

# %% find-pids
pids = ...
### BEGIN SOLUTION
guests = [Guest.remote(), Guest.remote()]
pids = ray.get([one.pid.remote() for one in guests])
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Crosses are no failure: they tell you what to look at next.

# %% exercise-check
find_pids.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
find_pids.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
find_pids.solution()

# %% progress-text [markdown]
# The course has fourteen exercises. What you have done, and what is open, is kept in a small file beside the notebooks, and nowhere else:

# %% progress
from raylite.exercises import progress

progress()

# %% end-text [markdown]
# ## Put everything away
#
# `shutdown` ends all that `init` and your calls have started.

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# - The notebook is one process, the driver. A session adds a head and workers.
# - Your functions and actors run in workers, with memory of their own.
# - `%raylite status` shows who is there.
#
# **Next:** [1 · Your first actor](01_first_actor.ipynb)
