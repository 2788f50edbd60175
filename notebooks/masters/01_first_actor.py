# %% title [markdown]
# # 1 · Your first actor
#
# **Aim.** You turn a Python class into an *actor*: an object that lives in a process of its own, keeps its state there, and answers when it is called. At the end you write two yourself and have them checked.
#
# **Time.** About 40 minutes.
#
# **You need** to know what a Python class is, and no more. Run the cells from top to bottom with Shift + Enter. Every cell may be run again, and nothing here can break your computer.

# %% what-is-an-actor [markdown]
# ## An object that lives elsewhere
#
# When you call a method of an ordinary object, its code runs in your notebook, and you wait until it is done.
#
# An actor is an object with a process to itself. What you hold is a *handle*. A call through the handle is a message: it joins the actor's queue, and your notebook goes on at once with a *ref*, the promise of an answer. The actor takes its messages one at a time, so two calls never touch its state together.
#
# ![On the left your notebook, the driver, holds a handle and a ref. On the right a worker process holds an Accounting object whose total is 90. Calls travel from the handle into the actor's queue; the answer travels back to the ref, where ray.get waits for it.](images/driver_and_actor.svg)

# %% start [markdown]
# ## Start a session
#
# `raylite` speaks the language of Ray, a library for programs on many machines, so we import it under Ray's name. `init` starts the processes that actors will live in. (With `ignore_reinit_error=True` the cell may be run twice: a session that is running already is kept.)

# %% init
import os
import time

import raylite as ray

session = ray.init(ignore_reinit_error=True)
print(f"ready; CPUs to share: {ray.cluster_resources()['CPU']:.0f}")


# %% accounting-text [markdown]
# ## An account that keeps its balance
#
# But for its first line this is an ordinary class. `@ray.remote` makes it an *actor class*.

# %% accounting
@ray.remote
class Accounting:
    """A balance that can be changed and asked for."""

    def __init__(self):
        self.total = 0

    def add(self, amount):
        self.total += amount

    def remove(self, amount):
        self.total -= amount

    def total(self):
        return self.total


# %% create-text [markdown]
# ### Make one
#
# `Accounting.remote()` has the object made *in another process*, and gives you the handle straight away. A handle at the end of a cell is shown as a *card*: where the actor is in its life, and what it has done so far. It moves when the actor does.

# %% create
acc = Accounting.remote()
acc

# %% creation-text [markdown]
# ### How it came into being
#
# A few processes have talked to each other to make that actor: your notebook (the **driver**), the **GCS**, which keeps the books, a **raylet**, which gives out processes, and the **worker** that has become your actor.
#
# Play it with ▶, or go from step to step with the arrow keys. Each arrow is a message that was really sent, with its time and its size.
#
# > **Predict first.** When can your notebook go on to its next line: at the beginning, or at the end of all this?

# %% creation
ray.creation_flow(acc)

# %% creation-answer [markdown]
# <details><summary>Answer</summary>
#
# At the beginning. It tells the GCS of the actor, and goes on at once; nothing in the picture has to come back first. All the rest happens while you read.
#
# </details>

# %% call-text [markdown]
# ### Call it
#
# A method is called with `.remote(...)` as well.
#
# > **Predict first.** What will this cell show: the number 0, or something else?

# %% call
ref = acc.total.remote()
ref

# %% get-text [markdown]
# No plain number: an `ObjectRef`, your receipt for the message that the call has left with the actor. Where a ref ends a cell, the notebook shows how far its call is, and what came of it. When your program needs the answer itself, `ray.get` waits until it is there.

# %% get
ray.get(ref)

# %% change-text [markdown]
# ### Change its state
#
# > **Predict first.** All three calls below are sent off without waiting. Could `total` be answered before `add` and `remove` are done?

# %% change
acc.add.remote(100)
acc.remove.remote(10)
ray.get(acc.total.remote())


# %% change-answer [markdown]
# <details><summary>What happened</summary>
#
# `total` could not jump the queue: calls from one place are answered in the order in which they were sent. So the answer is 90.
#
# </details>
#
# > **Predict again.** What will the same cell show when you run it a second time? Try it.
#
# <details><summary>Why</summary>
#
# 180. The actor is still there, with its balance of 90, and you changed it once more. State lives as long as the actor does.
#
# </details>

# %% submission-text [markdown]
# ### See the calls go
#
# This is the way that your calls have taken: from the handle into the actor's **mailbox**, where a call waits until it is its turn, and back to the ref.
#
# > **Predict first.** Three of the calls were sent together. How many did the actor run at the same time?

# %% submission
ray.submission_flow(acc)

# %% submission-answer [markdown]
# <details><summary>Answer</summary>
#
# Never more than one: each green bar ends before the next begins. What comes earlier waits in the mailbox. Note too who is not in the picture: the GCS. A handle knows where its actor is, and calls go straight there.
#
# </details>

# %% one-name [markdown]
# **One name for two things.** `total` is a method, and `self.total` an attribute. On an ordinary object the attribute would hide the method. A handle finds methods through the class, so the actor answers all the same. Two different names would still be kinder to your readers.

# %% where-text [markdown]
# ## What runs where
#
# Every process of a computer has a number, its *pid*. Let us ask for a few.
#
# > **Predict first.** Two actors and this notebook: how many different pids will there be?

# %% where
@ray.remote
class Guest:
    def pid(self):
        return os.getpid()


guests = [Guest.remote() for _ in range(2)]
pids = ray.get([guest.pid.remote() for guest in guests])

print(f"this notebook  pid {os.getpid()}")
for number, pid in enumerate(pids, start=1):
    print(f"guest {number}        pid {pid}")


# %% where-answer [markdown]
# Three processes, three pids. Note the list: `ray.get` takes many refs at once and gives the answers in the same order.
#
# Separate processes share no variables. What an actor is to know has to be sent to it, and what arrives is a *copy*.
#
# > **Predict first.** The actor appends to the list it is sent. Which of the two lists printed below will have grown?

# %% copy
@ray.remote
class Editor:
    def edit(self, words):
        words.append("changed by the actor")
        return words


words = ["mine"]
print("the actor's answer:", ray.get(Editor.remote().edit.remote(words)))
print("my own list:       ", words)


# %% no-waiting-text [markdown]
# ## A call does not wait
#
# Three readers need half a second each.
#
# > **Predict first.** How long until all three have answered: about half a second, or one and a half?

# %% no-waiting
@ray.remote
class Reader:
    def read(self, page):
        time.sleep(0.5)
        return f"page {page}"


readers = [Reader.remote() for _ in range(3)]

with ray.trace() as reading:
    began = time.perf_counter()
    refs = [reader.read.remote(page) for page, reader in enumerate(readers, start=1)]
    asked = time.perf_counter() - began
    pages = ray.get(refs)
    answered = time.perf_counter() - began

print(f"asking took {asked * 1000:.1f} ms")
print(f"all were there after {answered * 1000:.0f} ms: {pages}")

# %% no-waiting-answer [markdown]
# The readers waited side by side. `ray.trace()` has taken note of what happened in its block, and can draw it: a line for each process, a bar for each call.

# %% no-waiting-timeline
reading.timeline()

# %% no-waiting-why [markdown]
# Asking is quick because nobody waits for an answer while asking; that is why you send all calls first, and `get` afterwards.
#
# Here the time went into waiting (`sleep`), which any number of processes can do together. Computing is another matter: it needs a CPU for each actor that is to compute at the same time. Lesson 2 measures that.

# %% slips-text [markdown]
# ## Three slips that everyone makes
#
# Each is caught where it happens, and the message says what to write instead.

# %% slips
try:
    Accounting()
except TypeError as error:
    print(error, end="\n\n")

try:
    acc.add(5)
except TypeError as error:
    print(error, end="\n\n")

try:
    acc.totl.remote()
except AttributeError as error:
    print(error)


# %% magic-text [markdown]
# ## In a notebook: `%%actor`
#
# While you are still changing a class, it is tedious to make a new actor by hand each time. The extension has a cell magic for that.

# %% load-ext
# %load_ext raylite

# %% magic-cell-text [markdown]
# `%%actor` makes the class below it an actor class. `--as till` also starts one and keeps its handle in the variable `till`.

# %% magic
# %%actor --as till
class Till:
    def __init__(self):
        self.coins = []

    def take(self, amount):
        self.coins.append(amount)

    def takings(self):
        return sum(self.coins)


# %% magic-use
till.take.remote(20)
till.take.remote(5)
ray.get(till.takings.remote())

# %% magic-rerun [markdown]
# **Now change the class.** Let `takings` return `len(self.coins), sum(self.coins)`, run the `%%actor` cell again, and then the cell below it. The old actor has been replaced by one of the new class, and the cell says so. Its coins are gone: a new actor begins with its own `__init__`.

# %% trace-text [markdown]
# ### What has this cell done?
#
# `%%trace` in the first line of a cell shows it: the way of its calls, and who was busy when.

# %% trace
# %%trace
for amount in (5, 10, 50):
    till.take.remote(amount)
takings = ray.get(till.takings.remote())

# %% accounting-exercise [markdown]
# ## Exercise: an account that cannot be overdrawn
#
# Above, the balance may fall below 0. Yours may not:
#
# 1. Make `Accounting` an actor class. `add(amount)` and `total()` do what they did.
# 2. `remove(amount)` raises a `ValueError` if there is less than that in the account, and leaves the balance as it is.
# 3. Make one, put 100 in, take 30 out, and keep what `total` answers in `balance`.
#
# The exercise comes with a helper. It knows hints, and tries out what you write.

# %% accounting-card
from raylite.exercises import accounting

accounting

# %% accounting-stub-text [markdown]
# Write here:

# %% accounting-stub
class Accounting:
    """A balance that cannot be overdrawn."""

    def __init__(self):
        """Begin with 0."""

    def add(self, amount):
        """Add it to the balance."""

    def remove(self, amount):
        """Take it from the balance. If there is less than that: raise a ValueError."""

    def total(self):
        """Return the balance."""


balance = ...  # what an account of yours answers after add(100) and remove(30)
### BEGIN SOLUTION
@ray.remote
class Accounting:
    """A balance that cannot be overdrawn."""

    def __init__(self):
        self.balance = 0

    def add(self, amount):
        self.balance += amount

    def remove(self, amount):
        if amount > self.balance:
            raise ValueError(f"there are only {self.balance}")
        self.balance -= amount

    def total(self):
        return self.balance


account = Accounting.remote()
account.add.remote(100)
account.remove.remote(30)
balance = ray.get(account.total.remote())
### END SOLUTION

# %% accounting-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit, so an endless loop does no harm. Crosses are no failure: they tell you what to look at next.

# %% accounting-check
accounting.check()

# %% accounting-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% accounting-hint
accounting.hint()

# %% accounting-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% accounting-solution
accounting.solution()

# %% exercise [markdown]
# ## Exercise: a linear model
#
# A *linear model* turns one number into another: `w1 * x + w0`. With the weights `w1 = 9/5` and `w0 = 32` it turns degrees Celsius into degrees Fahrenheit.
#
# 1. Make `LinearModel` an actor class.
# 2. Its `__init__` takes `w1` and `w0`, and keeps them.
# 3. Its method `convert` takes `celsius`, and returns `w1 * celsius + w0`, with the weights of *this* model.
# 4. Make one with the weights above, as `model`, and ask it what 100 °C are. Keep the number in `fahrenheit`.
#
# The helper is as above.

# %% exercise-card
from raylite.exercises import linear_model

linear_model


# %% exercise-stub-text [markdown]
# Write here:

# %% linear-model
class LinearModel:
    """w1 * celsius + w0, with weights that each model keeps for itself."""

    def __init__(self, w1, w0):
        """Keep the weights."""

    def convert(self, celsius):
        """Return the temperature in degrees Fahrenheit."""


model = ...  # an actor of your class, with the weights 9/5 and 32
fahrenheit = ...  # what that actor answers for 100 degrees Celsius
### BEGIN SOLUTION
@ray.remote
class LinearModel:
    """w1 * celsius + w0, with weights that each model keeps for itself."""

    def __init__(self, w1, w0):
        self.w1 = w1
        self.w0 = w0

    def convert(self, celsius):
        return self.w1 * celsius + self.w0


model = LinearModel.remote(w1=9 / 5, w0=32)
fahrenheit = ray.get(model.convert.remote(100))
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one.

# %% exercise-check
linear_model.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
linear_model.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
linear_model.solution()

# %% end-text [markdown]
# ## Put everything away
#
# `shutdown` ends every process of the session. (Should you forget it: they end with the notebook's kernel.) To go on afterwards, start again at the cell with `ray.init`.

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | you write | it means |
# | --- | --- |
# | `@ray.remote` above a class | its objects will be actors |
# | `acc = Accounting.remote()` | make one, in a process of its own; `acc` is the handle |
# | `ref = acc.add.remote(100)` | send a call, and go on at once |
# | `ray.get(ref)` | wait for the answer |
# | `ray.get([ref, ref, ...])` | wait for many |
#
# The same lines run on Ray itself, on as many machines as you like: only the import changes. (`%%actor` and the exercise's helper are this course's own.)
#
# **Before:** [0 · What runs where](00_start.ipynb) · **Next:** [2 · Many tasks, one progress actor: estimating π](02_pi_with_progress.ipynb)
