# %% title [markdown]
# # 6 · When an actor dies
#
# **Aim.** You kill actors on purpose, see what becomes of the calls that were under way, and choose what should happen instead: nothing, a new start, or a second try.
#
# **Time.** About 30 minutes.
#
# **You need** lessons 1 and 5: handles, calls, and the queue of a caller.

# %% two-ends-text [markdown]
# ## An error is no death
#
# A method that raises an exception has *answered*: the exception is the answer, and the actor lives on. An actor is dead when its *process* is gone: killed, crashed, out of memory, or ended by `exit`.
#
# Those are two different things, and they are reported differently.

# %% init
import os
import time

import raylite as ray
from raylite.exceptions import ActorDiedError, RayActorError

session = ray.init(ignore_reinit_error=True)

# %% error-text [markdown]
# > **Predict first.** After the division by zero: what does the last line show?

# %% error
@ray.remote
class Calculator:
    def __init__(self):
        self.done = 0

    def divide(self, a, b):
        self.done += 1
        return a / b

    def crash(self):
        os._exit(1)  # the process ends here and now, as in a real crash

    def how_many(self):
        return self.done


calculator = Calculator.remote()
try:
    ray.get(calculator.divide.remote(1, 0))
except ZeroDivisionError as error:
    print("an answer of a kind:", type(error).__name__)

print("divisions so far:", ray.get(calculator.how_many.remote()))

# %% error-answer [markdown]
# One: the state is as the method left it, up to the line that raised. And you may catch the error under its own name, `ZeroDivisionError`, although it happened in another process.

# %% death-text [markdown]
# ## A death
#
# > **Predict first.** `crash` never answers. What will `get` do: wait for ever, return `None`, or raise?

# %% death
crashed = calculator.crash.remote()
try:
    ray.get(crashed)
except ActorDiedError as error:
    print(error)

# %% death-answer [markdown]
# It raises at once: somebody watches every process. Whatever you ask this handle from now on has the same answer.

# %% after-death
try:
    ray.get(calculator.how_many.remote())
except RayActorError as error:
    print(type(error).__name__)

# %% restart-text [markdown]
# ## A new start: `max_restarts`
#
# With `max_restarts=3` a new process takes the dead one's place, up to three times. The handle stays the same.
#
# What it does *not* bring back is the state: the new process runs `__init__`, and nothing else. How could it know more?
#
# > **Predict first.** The counter stands at 2 when its process dies. What does it show afterwards?

# %% restart
@ray.remote(max_restarts=3)
class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1
        return self.value

    def pid(self):
        return os.getpid()

    def crash(self):
        os._exit(1)


counter = Counter.remote()
print("before:", ray.get([counter.add.remote(), counter.add.remote()]))
first_pid = ray.get(counter.pid.remote())

try:
    ray.get(counter.crash.remote())
except RayActorError as error:
    print("the call under way:", type(error).__name__)

# %% back-text [markdown]
# The restart takes a few milliseconds. Until it is done, a call raises `ActorUnavailableError`: it *may* have reached the old process, so it is not simply sent again. So we ask until there is an answer:

# %% back
def ask(method, tries=50):
    """The answer of an actor that may just be starting anew."""
    for _ in range(tries):
        try:
            return ray.get(method.remote())
        except RayActorError:
            time.sleep(0.02)
    raise TimeoutError("no answer")


print("after: ", ask(counter.add))
print("another process:", ask(counter.pid) != first_pid)

# %% card-text [markdown]
# The actor's card knows both its lives: *What happened* says when the first one ended, and why.

# %% card
counter

# %% retry-text [markdown]
# ## A second try: `max_task_retries`
#
# Asking again by hand is tedious. With `max_task_retries` the call itself is sent again, to the new process, until it has an answer:
#
# | `max_task_retries` | a call is run | when the actor dies meanwhile |
# | --- | --- | --- |
# | `0` (usual) | *at most once* | it raises, and perhaps it was done |
# | `3` | up to four times | it is sent again, three times at most |
# | `-1` | *at least once* | it is sent again as often as it takes |
#
# **There is no "exactly once".** If a process dies after the work and before the answer, nobody can tell whether the work was done. You choose which mistake you can live with: work that is missing, or work that is done twice.

# %% ten-text [markdown]
# ## The counter that dies every ten calls
#
# This actor ends its own process whenever it has counted to ten. It may restart four times, and calls are tried again.
#
# > **Predict first.** Fifty calls, one after the other. Which numbers do you see? And what do the ten calls after them get?

# %% ten
@ray.remote(max_restarts=4, max_task_retries=-1)
class TiredCounter:
    def __init__(self):
        self.value = 0

    def add(self):
        if self.value == 10:
            os._exit(0)
        self.value += 1
        return self.value


tired = TiredCounter.remote()
answers = [ray.get(tired.add.remote()) for _ in range(50)]
for life in range(5):
    print(f"life {life + 1}:", answers[10 * life : 10 * life + 10])

# %% ten-over
refused = 0
for _ in range(10):
    try:
        ray.get(tired.add.remote())
    except RayActorError:
        refused += 1
print(f"{refused} of ten calls were refused: it had one life and four restarts")

# %% ten-answer [markdown]
# One to ten, five times: the eleventh call of a life finds a counter at 10, the process ends *before* it has counted, and the call is done again by the next process, from 0. The fifty-first finds no restart left.

# %% ten-card-text [markdown]
# > **Predict first.** What does its card say: which state, and how many restarts are left?

# %% ten-card
tired

# %% twice-text [markdown]
# ## What "at least once" can cost
#
# The same idea, with a list outside of the actor in which each call leaves a note *before* the process dies.
#
# > **Predict first.** The method runs until the third time. How many notes are there for one call?

# %% twice
@ray.remote
class Notes:
    def __init__(self):
        self.notes = []

    def leave(self, note):
        self.notes.append(note)
        return len(self.notes)

    def read(self):
        return self.notes


@ray.remote(max_restarts=-1, max_task_retries=-1)
class Payer:
    def pay(self, amount, notes):
        number = ray.get(notes.leave.remote(f"paid {amount}"))
        if number < 3:
            os._exit(1)  # after the payment, before the answer
        return "done"


notes = Notes.remote()
print(ray.get(Payer.remote().pay.remote(100, notes)))
paid = ray.get(notes.read.remote())
print(paid)

# %% twice-answer [markdown]
# Three payments for one call, and the caller only sees `done`. Before you write `max_task_retries`, make the work such that doing it twice is harmless: give each payment a number, and let the one who keeps the books refuse a number it knows.

# %% kill-text [markdown]
# ## To end one yourself
#
# `ray.kill(handle)` ends the process at once, whatever it is doing. With `no_restart=False` it is a test of your restarts: the actor comes back if it may.

# %% kill
spare = Counter.remote()
ray.get(spare.add.remote())
ray.kill(spare, no_restart=False)
print("came back with", ask(spare.add))

ray.kill(spare)
try:
    ray.get(spare.add.remote())
except ActorDiedError:
    print("and now it is gone for good")

# %% tasks-text [markdown]
# ## Tasks
#
# A task keeps nothing, so to do it again is harmless more often, and Ray's default is another: a task whose *process* dies is tried again up to three times. An *exception* is not a reason to try again unless you say so.
#
# > **Predict first.** The function raises the first two times. What does each of the two calls give?

# %% tasks
@ray.remote
def unsteady(notes):
    number = ray.get(notes.leave.remote("tried"))
    if number < 3:
        raise ConnectionError(f"try {number} failed")
    return f"try {number} worked"


try:
    print(ray.get(unsteady.remote(Notes.remote())))
except ConnectionError as error:
    print("raised:", error.args[0])

steady = unsteady.options(max_retries=5, retry_exceptions=[ConnectionError])
print(ray.get(steady.remote(Notes.remote())))

# %% exercise [markdown]
# ## Exercise: the counter that dies every ten calls
#
# You have seen it work. Now write it yourself, from an empty class:
#
# 1. `add()` counts from 1 to 10.
# 2. The call after that ends the process with `os._exit(0)`.
# 3. It has four new starts, and calls that meet its death are sent again: fifty calls in a row all have an answer.

# %% exercise-card
from raylite.exercises import tired_counter

tired_counter

# %% exercise-stub-text [markdown]
# Write here:

# %% tired-counter
class TiredCounter:
    """Counts to ten; a call more ends its process."""

    def __init__(self):
        """Begin at 0."""

    def add(self):
        """Count one further, and return the number. At ten: end the process instead."""
### BEGIN SOLUTION
@ray.remote(max_restarts=4, max_task_retries=-1)
class TiredCounter:
    """Counts to ten; a call more ends its process."""

    def __init__(self):
        self.value = 0

    def add(self):
        if self.value == 10:
            os._exit(0)
        self.value += 1
        return self.value
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit.

# %% exercise-check
tired_counter.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
tired_counter.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
tired_counter.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Give `Payer` a number for each payment, and let `Notes` ignore a number that it has already. How often is paid now?
# 2. Let `Calculator.__init__` raise an error. What does the first call say, and what does `max_restarts` change?
# 3. `TiredCounter` with `max_task_retries=0`: which of the fifty calls raise? Predict, then try.

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | what happens | what you get |
# | --- | --- |
# | a method raises | its own exception; the actor lives on |
# | the process dies, no restarts | `ActorDiedError`, for every call |
# | the process dies, restarts left | a new process with a fresh `__init__`; the call under way raises |
# | the same with `max_task_retries` | the call is done again, perhaps twice |
# | `ray.kill(handle)` | the process is ended |
#
# The state is gone each time. How to keep it is the next lesson.
#
# **Before:** [5 · Where a call goes, and in which order](05_submission_and_order.ipynb) · **Next:** [7 · Keeping state](07_keeping_state.ipynb)
