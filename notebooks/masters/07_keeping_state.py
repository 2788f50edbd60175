# %% title [markdown]
# # 7 · Keeping state
#
# **Aim.** You make an actor that survives its own crashes, one that outlives the program that made it, and you find both again by name.
#
# **Time.** About 30 minutes.
#
# **You need** lesson 6: what `max_restarts` and `max_task_retries` do, and that a restart runs `__init__` and brings no state back.

# %% init
import json
import random
import sys
import tempfile
from pathlib import Path

import raylite as ray
from raylite.exceptions import RayActorError

session = ray.init(namespace="lesson-7", ignore_reinit_error=True)
folder = Path(tempfile.mkdtemp(prefix="lesson-7-"))

# %% checkpoint-text [markdown]
# ## A checkpoint
#
# An actor's state lies in the memory of its process, and goes with it. If it is to survive, it has to lie somewhere else: in a file, a database, another actor. Each time the state changes the actor writes it down, and `__init__` reads what is there. That is all there is to it.
#
# The actor below ends its own process in half of all updates, *before* it has done anything. Each update is tried again until it has an answer.
#
# > **Predict first.** Twenty updates, about twenty crashes. How many of the twenty keys will be there at the end?

# %% immortal
@ray.remote(max_restarts=-1, max_task_retries=-1)
class ImmortalActor:
    def __init__(self, checkpoint):
        self.checkpoint = Path(checkpoint)
        self.state = {"lives": 0}
        if self.checkpoint.exists():
            self.state = json.loads(self.checkpoint.read_text())
        self.state["lives"] += 1
        self.save()

    def save(self):
        # First beside it, then in its place: a crash in the middle leaves the old one whole.
        new = self.checkpoint.with_suffix(".new")
        new.write_text(json.dumps(self.state))
        new.replace(self.checkpoint)

    def update(self, key, value):
        if random.random() < 0.5:
            sys.exit(1)
        self.state[key] = value
        self.save()

    def read(self):
        return self.state


immortal = ImmortalActor.remote(str(folder / "checkpoint.json"))
for number in range(20):
    ray.get(immortal.update.remote(f"key {number}", number))

state = ray.get(immortal.read.remote())
print(f"{len(state) - 1} keys after {state['lives']} lives")

# %% immortal-answer [markdown]
# All of them. (`sys.exit(1)` ends the process and counts as a crash, so that the actor comes back. `sys.exit(0)` would say that it is done: then it stays away, whatever `max_restarts` says.)

# %% immortal-card-text [markdown]
# All its lives are on one card: the arrows to *restarting* and back say how often it has gone that way, and how long the last time took.

# %% immortal-card
immortal

# %% when-text [markdown]
# ## When to save
#
# To save after each change is safe, and slow if the state is large. To save now and then is fast, and loses what came since. Both are right somewhere. What is never right is to save *before* the change is complete.
#
# There is a second trap: an update that is done, saved, and then crashes before it has answered will be done *again* (lesson 6). Setting a key twice to the same value is harmless. Adding to a number twice is not.

# %% trap-text [markdown]
# > **Predict first.** The same crash, after saving this time. Ten deposits of 1: what is the balance?

# %% trap
@ray.remote(max_restarts=-1, max_task_retries=-1)
class Account:
    def __init__(self, checkpoint):
        self.checkpoint = Path(checkpoint)
        self.balance = int(self.checkpoint.read_text()) if self.checkpoint.exists() else 0

    def deposit(self, amount):
        self.balance += amount
        self.checkpoint.write_text(str(self.balance))
        if random.random() < 0.5:
            sys.exit(1)  # saved, but the caller will never know
        return self.balance


account = Account.remote(str(folder / "balance"))
for _ in range(10):
    balance = ray.get(account.deposit.remote(1))
print("balance:", balance)

# %% trap-answer [markdown]
# Nearly always more than ten. The cure: give each deposit a number, keep the numbers that are done in the *same* checkpoint, and ignore one that is there.

# %% names-text [markdown]
# ## Names
#
# An actor with a name can be found by whoever knows it, without being handed the handle.

# %% names
@ray.remote
class Registry:
    def __init__(self):
        self.entries = {}

    def set(self, key, value):
        self.entries[key] = value

    def get(self, key):
        return self.entries[key]


registry = Registry.options(name="registry").remote()
ray.get(registry.set.remote("colour", "blue"))


@ray.remote
def look_up(key):
    return ray.get(ray.get_actor("registry").get.remote(key))


print(ray.get(look_up.remote("colour")))

# %% names-again-text [markdown]
# A name is taken as long as its actor lives. `get_if_exists=True` says: give me the one that is there, or else make it. So a cell that makes a named actor can be run again:

# %% names-again
try:
    Registry.options(name="registry").remote()
except ValueError as error:
    print(error)

same = Registry.options(name="registry", get_if_exists=True).remote()
print("the same one:", ray.get(same.get.remote("colour")))

# %% namespaces-text [markdown]
# ## Namespaces
#
# Names are unique within a *namespace*. Each program has one, and unless you say which, it is one of its own. This lesson's is `lesson-7`.

# %% namespaces
other = Registry.options(name="registry", namespace="elsewhere").remote()
ray.get(other.set.remote("colour", "green"))
here = ray.get_actor("registry")
there = ray.get_actor("registry", namespace="elsewhere")
print(ray.get(here.get.remote("colour")), ray.get(there.get.remote("colour")))

# %% scope-text [markdown]
# ## How long an actor lives
#
# An ordinary actor lives as long as somebody holds a handle. When the last one is gone, in whatever process, it ends, name or no name.
#
# > **Predict first.** `del other, there` drops both handles of the actor in the other namespace. Can it still be found?

# %% scope
import time

del other, there
for _ in range(100):
    try:
        ray.get_actor("registry", namespace="elsewhere")
    except ValueError as error:
        print(error)
        break
    time.sleep(0.02)

# %% detached-text [markdown]
# ## Detached actors
#
# With `lifetime="detached"` nobody's handle counts. Such an actor lives until somebody kills it, also when the program that made it has ended, provided that the *runtime* goes on. The session of this notebook ends with this notebook. A runtime of its own, begun with `raylite start --head`, goes on until `raylite stop`.
#
# Below a task makes a detached actor, and ends. With it ends every ordinary actor that it has made.

# %% detached
@ray.remote
def make_and_leave():
    service = Registry.options(name="service", lifetime="detached").remote()
    ray.get(service.set.remote("made by", "a task that is over"))


ray.get(make_and_leave.remote())
service = ray.get_actor("service")
print(ray.get(service.get.remote("made by")))

# %% detached-handles-text [markdown]
# Every handle to it may go, and it is still there:

# %% detached-handles
del service
print(ray.get(ray.get_actor("service").get.remote("made by")))

# %% detached-flow-text [markdown]
# > **Predict first.** In lesson 1 the driver told the GCS of the new actor and went on at once. Would that do for one that has to be there under its name when the next line asks for it?

# %% detached-flow
ray.creation_flow("service")

# %% detached-flow-answer [markdown]
# It would not: an actor that is detached or has a name is registered *synchronously*. Whoever makes it waits until the GCS has said yes, and so a name that is taken is an error in that very line.

# %% kill-text [markdown]
# ## And the end
#
# A detached actor ends when you say so. `no_restart=True`, the default, means: for good.

# %% kill
service = ray.get_actor("service")
ray.kill(service, no_restart=True)
try:
    ray.get(service.get.remote("made by"))
except RayActorError as error:
    print(type(error).__name__)

# %% exercise [markdown]
# ## Exercise: the immortal actor
#
# Write one of your own, without the crashes that were built in above:
#
# 1. `ImmortalActor(checkpoint)` keeps values: `update(key, value)` and `get(key)`.
# 2. After each change it writes its state to the file `checkpoint`.
# 3. It begins with what is in that file, if it is there.
# 4. It comes back whenever its process ends, and whoever calls it need not notice.

# %% exercise-card
from raylite.exercises import immortal_actor

immortal_actor

# %% exercise-stub-text [markdown]
# Write here:

# %% immortal-actor
@ray.remote
class ImmortalActor:
    """Keeps values by key, in memory and in a file."""

    def __init__(self, checkpoint):
        """Begin with what is in the file `checkpoint`, if it is there."""

    def update(self, key, value):
        """Keep the value, also for the time after a crash."""

    def get(self, key):
        """Return the value."""
### BEGIN SOLUTION
@ray.remote(max_restarts=-1, max_task_retries=-1)
class ImmortalActor:
    """Keeps values by key, in memory and in a file."""

    def __init__(self, checkpoint):
        self.checkpoint = Path(checkpoint)
        self.state = {}
        if self.checkpoint.exists():
            self.state = json.loads(self.checkpoint.read_text())

    def update(self, key, value):
        self.state[key] = value
        self.checkpoint.write_text(json.dumps(self.state))

    def get(self, key):
        return self.state[key]
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit.

# %% exercise-check
immortal_actor.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
immortal_actor.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
immortal_actor.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Mend `Account`: give `deposit` a number, keep the numbers that are done in the checkpoint, and show that ten deposits make ten, whatever crashes.
# 2. Let `ImmortalActor` save after every fifth update only. How many keys are missing at the end, and which?
# 3. Start a runtime with `!raylite start --head`, and two notebooks that both say `ray.init(namespace="ours")`. Make a detached actor in one, and use it in the other. (`!raylite stop` afterwards.)

# %% end-text [markdown]
# ## Put everything away

# %% end
import shutil

ray.shutdown()
shutil.rmtree(folder, ignore_errors=True)

# %% summary [markdown]
# ## What you have learnt
#
# | you want | you write |
# | --- | --- |
# | state that survives a crash | write it down after each change, read it in `__init__` |
# | no change lost, none done twice | numbers for changes, kept in the same checkpoint |
# | to find an actor without a handle | `options(name="...")`, `ray.get_actor("...")` |
# | a cell that can be run again | `get_if_exists=True` |
# | an actor that outlives its maker | `lifetime="detached"` |
#
# **Before:** [6 · When an actor dies](06_failure.ipynb) · **Next:** [8 · Several calls at a time](08_concurrency.ipynb)
