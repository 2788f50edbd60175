# %% title [markdown]
# # 12 · Leaving the laptop
#
# **Aim.** You measure what objects and calls cost, learn to see four habits that make programs slow or timings wrong, and take a program to a real Ray cluster without changing it.
#
# **Time.** About 35 minutes, of which your computer works for some ten seconds.
#
# **You need** the lessons so far, above all 1, 2 and 9.

# %% init
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import raylite as ray

session = ray.init(ignore_reinit_error=True)


class Timed:
    """`with Timed("title"):` prints how long the block took."""

    def __init__(self, title):
        self.title = title

    def __enter__(self):
        self.began = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.ms = 1000 * (time.perf_counter() - self.began)
        print(f"{self.title:34} {self.ms:8.1f} ms")

# %% objects-text [markdown]
# ## Where a value lies
#
# Small values travel in the message. Large ones, from about 100 kB, are written *once* into memory that all processes of the machine can see, and the message only says where. A numpy array is then not even copied when it is read: all readers look at the same bytes, which nobody may change.
#
# > **Predict first.** An array of 12 MB is summed up by four tasks. How long does it take if each call is given the array itself, and how long if all are given a ref to it?

# %% objects
@ray.remote
def total(array):
    return float(array.sum())


array = np.ones(1_500_000)
ray.get([total.remote(array) for _ in range(4)])  # once before: the workers now have numpy

with Timed("the array with each call") as itself:
    answers = ray.get([total.remote(array) for _ in range(4)])
with Timed("put once, then a ref") as by_ref:
    ref = ray.put(array)
    answers = ray.get([total.remote(ref) for _ in range(4)])
print(f"{itself.ms / by_ref.ms:.1f} times as fast")

# %% read-only-text [markdown]
# > **Predict first.** You get the array back and change one number in it. What happens?

# %% read-only
shared = ray.get(ref)
try:
    shared[0] = 7
except ValueError as error:
    print(error)

mine = shared.copy()  # your own, to be changed
mine[0] = 7

# %% habit-one-text [markdown]
# ## Habit 1: `get` in the loop
#
# `ray.get` waits. In a loop it waits for each call before the next one is even sent, and all that can go on side by side goes on one after the other.
#
# > **Predict first.** Four tasks that wait a tenth of a second each: how long do they take in the loop, and how long if all are sent first?

# %% habit-one
@ray.remote(num_cpus=0)
def pause(number):
    time.sleep(0.1)
    return number


ray.get([pause.remote(n) for n in range(4)])  # the workers are there

with ray.trace() as pauses:
    with Timed("get in the loop"):
        results = [ray.get(pause.remote(n)) for n in range(4)]
    with Timed("send all, then get"):
        results = ray.get([pause.remote(n) for n in range(4)])

# %% habit-one-timeline-text [markdown]
# The habit can be seen: first four bars one after the other, then four at the same time.

# %% habit-one-timeline
pauses.timeline()

# %% habit-two-text [markdown]
# ## Habit 2: tiny tasks
#
# A call takes some tens of microseconds, on Ray about a millisecond. If the work is smaller than that, most of the time goes into calling. Cure: larger pieces.
#
# > **Predict first.** Square 20,000 numbers: in the loop, one task each, and in tasks of a thousand. Order them.

# %% habit-two
@ray.remote
def square(number):
    return number * number


@ray.remote
def square_all(numbers):
    return [number * number for number in numbers]


numbers = list(range(20_000))
with Timed("in a loop, no task"):
    plain = [number * number for number in numbers]
with Timed("20,000 tasks"):
    single = ray.get([square.remote(number) for number in numbers])
with Timed("20 tasks of 1,000"):
    parts = [numbers[start : start + 1000] for start in range(0, len(numbers), 1000)]
    batched = [n for part in ray.get([square_all.remote(part) for part in parts]) for n in part]
print("all the same:", plain == single == batched)

# %% habit-two-answer [markdown]
# The loop wins. Work that takes a millisecond in all is no work for other processes, whichever way it is cut.

# %% habit-three-text [markdown]
# ## Habit 3: large things that slip in
#
# A function takes with it what it refers to. If that is a global of 16 MB, then the *function* is 16 MB, and has to be sent to each worker before it can run there. Nothing on the line of the call gives it away.
#
# > **Predict first.** Which of the two is quicker the first time, and by how much?

# %% habit-three
table = np.arange(2_000_000)


@ray.remote
def look_up_captured(index):
    return int(table[index])


@ray.remote
def look_up_passed(table, index):
    return int(table[index])


with Timed("captured by the function"):
    found = ray.get([look_up_captured.remote(n) for n in range(4)])
with Timed("put once and passed"):
    kept = ray.put(table)
    found = ray.get([look_up_passed.remote(kept, n) for n in range(4)])

# %% habit-four-text [markdown]
# ## Habit 4: timing what has not happened
#
# > **Predict first.** How long does the first line take, and what does that tell you?

# %% habit-four
with Timed("without get"):
    refs = [pause.remote(n) for n in range(4)]
with Timed("with get"):
    results = ray.get(refs)

# %% habit-four-answer [markdown]
# Nothing about the work: a call returns at once. Whoever times something has to wait for it.

# %% memory-text [markdown]
# ## What holds memory
#
# An object is kept as long as somebody can get it: a ref in a variable, in a list, in an actor's state, or in `Out[5]` of this notebook. The table says which, and which cell has made it.

# %% memory
# %load_ext raylite
# %raylite memory

# %% memory-gone
del ref, kept, shared, refs
# %raylite memory

# %% program-text [markdown]
# ## The same file on real Ray
#
# Below is a program as one would write it for Ray: it says `import ray`, and knows nothing of raylite.

# %% program
program = Path(tempfile.mkdtemp(prefix="lesson-12-")) / "words.py"
program.write_text("""\
import ray


@ray.remote
class Counter:
    def __init__(self):
        self.counts = {}

    def add(self, words):
        for word in words:
            self.counts[word] = self.counts.get(word, 0) + 1

    def most_common(self):
        return max(self.counts, key=self.counts.get)


@ray.remote
def read(page, counter):
    ray.get(counter.add.remote(page.split()))


ray.init()
counter = Counter.remote()
pages = ["to be or not to be", "to do or not to do", "to see"]
ray.get([read.remote(page, counter) for page in pages])
print("the most common word:", ray.get(counter.most_common.remote()))
""")
print(f"{len(program.read_text().splitlines())} lines written")

# %% program-here-text [markdown]
# **Here** it runs with raylite, which stands in for Ray in the program and in its workers:

# %% program-here
ran = subprocess.run(
    [sys.executable, "-m", "raylite", str(program)], capture_output=True, text=True, check=False
)
print(ran.stdout or ran.stderr)

# %% program-there-text [markdown]
# **There**, where Ray is installed, it runs as it is:
#
# ```
# pip install ray
# python words.py
# ```
#
# A notebook, or a program that says `import raylite as ray`, need not be changed either. It says on what it runs:
#
# | the line | what runs your actors |
# | --- | --- |
# | `ray.init()` | processes of this machine |
# | `ray.init(engine="inline")` | this process alone: `breakpoint()` lands in the actor's code |
# | `ray.init(engine="ray")` | a Ray that is started on this machine |
# | `ray.init("auto", engine="ray")` | the cluster that `ray start` has begun |
#
# Cards, timelines and progress bars are still there on Ray, drawn from what Ray tells of itself.
#
# ### Without raylite
#
# Where there is only Ray, `import raylite as ray` has to become `import ray`, and what raylite alone has is to go. `%raylite port` says which lines those are: here in the cell that has made `pauses`.

# %% port
# %raylite port pauses

# %% port-text [markdown]
# In a terminal `raylite port notebook.ipynb` does that for a whole notebook or program, and with `--to-ray -o on_ray.ipynb` it writes the one for Ray.
#
# ### What to look at before you go
#
# - On a cluster the machines do not share memory or files: what a task reads it has to be given, or find in a place that all can reach.
# - Calls cost some thirty to fifty times as much. Larger pieces, fewer calls.
# - Two pages of the documentation are about this: *When one machine is not enough*, with the commands for two machines, Kubernetes and clouds, and *Where raylite differs from Ray*.

# %% exercise [markdown]
# ## Exercise: port it
#
# Below is a plain program, in a text as it would be in a file. It counts the primes below 40,000 in four pieces. Make it a program for Ray:
#
# 1. It says `import ray`, and nothing of raylite.
# 2. The tally is an actor, and each of the four pieces is a task.
# 3. It prints the same as before.

# %% exercise-card
from raylite.exercises import port_it

port_it

# %% exercise-stub-text [markdown]
# Write here:

# %% port-it
ported = """\
class Tally:
    def __init__(self):
        self.primes = 0

    def add(self, found):
        self.primes += found

    def read(self):
        return self.primes


def count(start, stop, tally):
    numbers = range(max(start, 2), stop)
    tally.add(sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in numbers))


tally = Tally()
for start in range(0, 40_000, 10_000):
    count(start, start + 10_000, tally)
print(tally.read(), "primes")
"""
### BEGIN SOLUTION
ported = """\
import ray


@ray.remote
class Tally:
    def __init__(self):
        self.primes = 0

    def add(self, found):
        self.primes += found

    def read(self):
        return self.primes


@ray.remote
def count(start, stop, tally):
    numbers = range(max(start, 2), stop)
    found = sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in numbers)
    ray.get(tally.add.remote(found))


ray.init()
tally = Tally.remote()
ray.get([count.remote(start, start + 10_000, tally) for start in range(0, 40_000, 10_000)])
print(ray.get(tally.read.remote()), "primes")
"""
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your program is run in a process of its own, as `python -m raylite` runs it, with a time limit. `%check port_it` is `port_it.check()`; with `%%check port_it` as the first line of your own cell, what you write is checked as soon as it has run.

# %% exercise-check
# %check port_it

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
port_it.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
port_it.solution()

# %% progress-text [markdown]
# And this is what you have done in the course:

# %% progress
from raylite.exercises import progress

progress()

# %% your-turn [markdown]
# ## More to try
#
# 1. Take the Pi program of lesson 2, write it to a file that says `import ray`, and run it with `python -m raylite`. What has to be changed?
# 2. How small may a piece be so that the tasks of *Habit 2* are no slower than the loop? Plot the time against the size of the pieces, with a function that takes longer.
# 3. Let an actor keep a ref in its state. What does `%raylite memory` say of it, and when does the object go?

# %% end-text [markdown]
# ## Put everything away

# %% end
import shutil

ray.shutdown()
shutil.rmtree(program.parent, ignore_errors=True)

# %% summary [markdown]
# ## What you have learnt
#
# | instead of | write |
# | --- | --- |
# | `[ray.get(f.remote(x)) for x in xs]` | `ray.get([f.remote(x) for x in xs])` |
# | a task for each number | a task for a thousand |
# | a large global in a function | `ray.put` once, and pass the ref |
# | timing `.remote()` | timing `ray.get` |
#
# And you have a program that runs in a notebook and on a cluster. That was the course.
#
# **Before:** [11 · Trees and supervision](11_trees_and_supervision.ipynb) · **Beginning:** [0 · What runs where](00_start.ipynb)
