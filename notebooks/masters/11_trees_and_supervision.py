# %% title [markdown]
# # 11 · Trees and supervision
#
# **Aim.** You let actors make actors, see who ends with whom, and write a supervisor: an actor whose only work is to keep others alive.
#
# **Time.** About 30 minutes.
#
# **You need** lessons 1, 6 and 7.

# %% init
import os
import random
import time

import psutil

import raylite as ray
from raylite.exceptions import RayActorError

session = ray.init(ignore_reinit_error=True)

# %% tree-text [markdown]
# ## An actor makes actors
#
# An actor may do whatever a driver may. Here a manager has workers of its own, and its users need not know them.
#
# ![From left to right: the notebook, which holds the handle of a manager; the manager, which holds the handles of three workers; and the workers team.0, team.1 and team.2. Each is a process, and each owns what is to the right of it.](images/actor_tree.svg)

# %% tree
@ray.remote
class Worker:
    def __init__(self, name):
        self.name = name

    def count_words(self, text):
        return len(text.split())

    def who(self):
        return self.name, os.getpid()


@ray.remote
class Manager:
    def __init__(self, name, size):
        self.workers = [Worker.remote(f"{name}.{number}") for number in range(size)]

    def count_words(self, pages):
        share = len(self.workers)
        refs = [self.workers[n % share].count_words.remote(page) for n, page in enumerate(pages)]
        return sum(ray.get(refs))

    def team(self):
        return ray.get([worker.who.remote() for worker in self.workers])


manager = Manager.remote("team", 3)
pages = ["to be or not to be"] * 30
print(ray.get(manager.count_words.remote(pages)), "words")
for name, pid in ray.get(manager.team.remote()):
    print(f"{name}  pid {pid}")

# %% ends-text [markdown]
# ## Who ends with whom
#
# An actor has an *owner*: the process that made it. Its handles lie in the manager. When the manager's process ends, nobody holds them any more.
#
# > **Predict first.** The manager is killed. How long do its workers live on?

# %% ends
def alive(pids):
    """How many of these processes there are."""
    return sum(psutil.pid_exists(pid) for pid in pids)


pids = [pid for _, pid in ray.get(manager.team.remote())]
print("before:", alive(pids), "workers")
ray.kill(manager)
for _ in range(100):
    if not alive(pids):
        break
    time.sleep(0.02)
print("after: ", alive(pids), "workers")

# %% ends-answer [markdown]
# A branch that is cut off takes its twigs along: nothing is left behind that nobody could reach. Whoever wants an actor to outlive its maker makes it `lifetime="detached"` (lesson 7).

# %% grow-text [markdown]
# ## Each makes the next
#
# What is made may make something itself. Here each actor of a chain makes the next one, until it is long enough. How long it is, each asks the one it has made.
#
# > **Predict first.** Four further ones after the first: how many processes? And why do they not block each other, though all but the last *wait* for an answer and there are only a few CPUs?

# %% grow
@ray.remote
class Link:
    def __init__(self, further):
        self.next = Link.remote(further - 1) if further > 0 else None

    def length(self):
        return 1 + (ray.get(self.next.length.remote()) if self.next else 0)


chain = Link.remote(further=4)
print(f"a chain of {ray.get(chain.length.remote())} actors")

# %% grow-answer [markdown]
# Five. An ordinary actor holds no CPU while it lives (lesson 4), and whoever waits in `get` needs none. What a long chain does cost is memory: each link is a process.
#
# (`Link` makes instances of itself, by its own name. That works as the name is looked up when the method runs.)

# %% supervisor-text [markdown]
# ## Let it crash
#
# An old idea from telephone exchanges: do not try to foresee each error. Let the part that has one crash, and let another part, so simple that it has none, start it anew.
#
# `max_restarts` starts one actor anew. A *supervisor* can do more: give the new one its state, replace it by something else, give up after too many crashes, or start a whole group anew.

# %% supervisor
@ray.remote
class Fragile:
    """Works, and crashes now and then."""

    def __init__(self, done):
        self.done = done

    def work(self, number):
        if random.random() < 0.2:
            os._exit(1)
        self.done += 1
        return self.done


@ray.remote
class Supervisor:
    """Keeps one child at work, and knows how far it was."""

    def __init__(self, max_crashes):
        self.crashes, self.max_crashes = 0, max_crashes
        self.done = 0
        self.child = Fragile.remote(self.done)

    def work(self, number):
        while True:
            try:
                self.done = ray.get(self.child.work.remote(number))
            except RayActorError:
                if self.crashes == self.max_crashes:
                    raise
                self.crashes += 1
                self.child = Fragile.remote(self.done)
            else:
                return self.done

    def report(self):
        return self.done, self.crashes


supervisor = Supervisor.remote(max_crashes=100)
with ray.trace() as supervising:
    last = ray.get([supervisor.work.remote(number) for number in range(50)])[-1]
done, crashes = ray.get(supervisor.report.remote())
print(f"{last} pieces of work done, in spite of {crashes} crashes")

# %% supervisor-answer [markdown]
# Fifty, none missing: the supervisor gives each new child the number it had reached. It can do that since it is the only one who asks the child, and has seen every answer. (A crash *after* the work and before the answer would let the work be done twice, as ever: lesson 6.)

# %% children-text [markdown]
# Look at the lives of the children:
#
# > **Predict first.** How many lines are there for the class `Fragile`, and how many of them end in a cross?

# %% children
supervising.timeline()

# %% children-answer [markdown]
# <details><summary>Answer</summary>
#
# A line for each child, and a cross at the end of all but the last.
#
# </details>

# %% giving-up-text [markdown]
# ## When to give up
#
# A child that crashes at once, whatever one does, must not be started for ever.
#
# > **Predict first.** It may be started anew three times. What does the caller of the supervisor see?

# %% giving-up
strict = Supervisor.remote(max_crashes=3)
try:
    ray.get([strict.work.remote(number) for number in range(100)])
    print("lucky")
except RayActorError as error:
    print("given up:", type(error).__name__)
done, crashes = ray.get(strict.report.remote())
print(f"{done} pieces of work done, started anew {crashes} times")

# %% giving-up-answer [markdown]
# The error goes up: one level higher, somebody may know what to do. That is a *supervision tree*: each level mends what it can, and passes on what it cannot.

# %% restart-group-text [markdown]
# ## All for one
#
# Sometimes several children belong together, and when one is lost the others are of no use, for example since they hold halves of the same thing. Then the supervisor ends them all and starts them together.

# %% restart-group
@ray.remote
class Pair:
    """Two children that are only of use together."""

    def __init__(self):
        self.starts = 0
        self.begin()

    def begin(self):
        self.starts += 1
        self.left, self.right = Fragile.remote(0), Fragile.remote(0)

    def work(self, number):
        while True:
            try:
                return ray.get([self.left.work.remote(number), self.right.work.remote(number)])
            except RayActorError:
                ray.kill(self.left)
                ray.kill(self.right)
                self.begin()

    def how_often(self):
        return self.starts


pair = Pair.remote()
results = ray.get([pair.work.remote(number) for number in range(20)])
print("always together:", all(left == right for left, right in results))
print("started", ray.get(pair.how_often.remote()), "times")

# %% exercise [markdown]
# ## Exercise: grow a tree
#
# The chain above has one child at each link. A tree has several:
#
# 1. `Node(depth, width)` makes `width` children of depth `depth - 1`, each an actor. A node of depth 0 has none.
# 2. `size()` returns how many nodes there are: itself, and all below it.
# 3. `leaves()` returns how many of them have no children.

# %% exercise-card
from raylite.exercises import grow_a_tree

grow_a_tree

# %% exercise-stub-text [markdown]
# Write here:

# %% grow-a-tree
@ray.remote
class Node:
    """A node with `width` children, which have children of their own, `depth` levels down."""

    def __init__(self, depth, width):
        """Make the children. A node of depth 0 has none."""

    def size(self):
        """Return how many nodes there are: this one, and all below it."""

    def leaves(self):
        """Return how many nodes without children there are: below this one, or itself."""
### BEGIN SOLUTION
@ray.remote
class Node:
    """A node with `width` children, which have children of their own, `depth` levels down."""

    def __init__(self, depth, width):
        self.children = [Node.remote(depth - 1, width) for _ in range(width)] if depth > 0 else []

    def size(self):
        return 1 + sum(ray.get([child.size.remote() for child in self.children]))

    def leaves(self):
        if not self.children:
            return 1
        return sum(ray.get([child.leaves.remote() for child in self.children]))
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit.

# %% exercise-check
grow_a_tree.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
grow_a_tree.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
grow_a_tree.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Let `Manager` notice that a worker is dead, replace it, and do the page again.
# 2. Let `Supervisor` wait a little longer before each new start (0.01 s, 0.02 s, 0.04 s, ...), and forget old crashes after a second without one.
# 3. Grow a tree with `depth=4, width=3`. How many processes is that? Look at `%raylite status` before you decide whether to run it.

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# - Actors make actors; who made one owns it, and it ends with its owner, unless it is detached.
# - Waiting in `get` costs no CPU, so trees do not block themselves.
# - A supervisor is simple, keeps what its children need to begin again, and gives up in time.
#
# **Before:** [10 · Three actor models](10_three_actor_models.ipynb) · **Next:** [12 · Leaving the laptop](12_leaving_the_laptop.ipynb)
