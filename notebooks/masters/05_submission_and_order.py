# %% title [markdown]
# # 5 · Where a call goes, and in which order
#
# **Aim.** You follow a call from the handle to the actor, learn who keeps which order, and who does not, and make one call overtake another.
#
# **Time.** About 25 minutes.
#
# **You need** lessons 1 and 2: actors, tasks, and what a ref is.

# %% way-text [markdown]
# ## The way of a call
#
# A handle knows its actor's *address*. So a call needs nobody in the middle:
#
# 1. The caller puts it at the end of a queue of its own, one queue for each actor.
# 2. It leaves that queue when the actor is there and all values that go with it are there.
# 3. It travels over the caller's own connection, straight into the actor's mailbox.
# 4. The actor runs it when its turn comes, and sends the result back.
# 5. The ref, which the caller has had all the time, now has a value.
#
# Two things follow. Calls of *one* caller cannot overtake one another: each of the five steps keeps their order. And of *two* callers nobody knows who comes first: they have different queues, and different connections.

# %% start-text [markdown]
# ## Start a session

# %% init
import time

import raylite as ray

session = ray.init(ignore_reinit_error=True)

# %% journal-text [markdown]
# ## One caller: first come, first served
#
# A journal writes down whatever it is told.

# %% journal
@ray.remote
class Journal:
    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(line)

    def read(self):
        return self.lines


# %% fifo-text [markdown]
# > **Predict first.** A thousand lines are sent off, and nobody waits for any of them. How many of them can be out of order?

# %% fifo
journal = Journal.remote()
for number in range(1000):
    journal.write.remote(number)

lines = ray.get(journal.read.remote())
print(f"{len(lines)} lines, in order: {lines == sorted(lines)}")

# %% fifo-answer [markdown]
# None, on any machine, however often you try. Order costs nothing here: bytes that are written to a connection one after the other arrive one after the other.
#
# Note that `read` came last, and so it was answered last: it saw all thousand.

# %% two-text [markdown]
# ## Two callers: no promise
#
# Now a task writes to the same journal. The task gets the *handle*, an ordinary value that can be passed on.
#
# > **Predict first.** You send `me 0`, then the task off, then `me 1` to `me 4`. Where will the task's three lines stand?

# %% two
@ray.remote
def helper(journal):
    ray.get([journal.write.remote(f"task {number}") for number in range(3)])


journal = Journal.remote()
journal.write.remote("me 0")
helped = helper.remote(journal)
for number in range(1, 5):
    journal.write.remote(f"me {number}")

ray.get(helped)
both = ray.get(journal.read.remote())
print(both)

# %% two-answer [markdown]
# Each caller's own lines are in order. Where one caller's lines stand among the other's is chance: here the task comes late, since it has to be started in a process first. Run the cell a few times.
#
# If the order of two callers matters to you, you have to say so: let one of them wait for the other (`ray.get(helped)` before the second loop), or give both their lines to the same caller.

# %% held-text [markdown]
# ## A call that waits for its argument
#
# A ref may be an argument. The call then waits, *at its caller*, until the value is there; the actor is never bothered with half a call.
#
# > **Predict first.** `slow` takes half a second. Which line does the journal have first: the slow one, which was sent first, or the quick one?

# %% held
@ray.remote(num_cpus=0)  # it only waits, and leaves the CPU to others
def slow():
    time.sleep(0.5)
    return "the slow line"


journal = Journal.remote()
journal.write.remote(slow.remote())
journal.write.remote("the quick line")

print(ray.get(journal.read.remote()))

# %% held-answer [markdown]
# The slow one. The caller's queue is a queue: what stands behind a call that waits, waits too. Otherwise the order of your own calls would depend on how long something else takes.

# %% overtake-text [markdown]
# ## How to overtake
#
# The queue is the *caller's*. Another caller has another one, and its calls go past.
#
# > **Predict first.** The same two lines as before. But now the quick one is sent by a task. Which line comes first?

# %% overtake
@ray.remote
def send_for_me(journal, line):
    ray.get(journal.write.remote(line))


@ray.remote
def read_for_me(journal):
    return ray.get(journal.read.remote())


journal = Journal.remote()
journal.write.remote(slow.remote())
ray.get(send_for_me.remote(journal, "the quick line"))

print("meanwhile: ", ray.get(read_for_me.remote(journal)))
print("at the end:", ray.get(journal.read.remote()))

# %% overtake-answer [markdown]
# The quick line has overtaken: while your call waited for its argument in *your* queue, the actor was idle, and took what others had for it.

# %% overtake-flow-text [markdown]
# See it: two submitters, each with a queue of its own. A dashed bar is a call that waits: call 1 stands in the driver's line until its argument is there, and meanwhile calls 2 and 3 go past.

# %% overtake-flow
ray.submission_flow(journal)

# %% early-text [markdown]
# ## Before the actor is there
#
# `Journal.remote()` gives you a handle at once, though the process is yet to come. Calls may be sent straight away: they wait in the same queue, and leave it all together when the actor's address is known.
#
# > **Predict first.** Its constructor takes half a second. How long does it take to send twenty calls?

# %% early
@ray.remote
class LateJournal:
    def __init__(self):
        time.sleep(0.5)
        self.lines = []

    def write(self, line):
        self.lines.append(line)
        return len(self.lines)


began = time.perf_counter()
late = LateJournal.remote()
refs = [late.write.remote(number) for number in range(20)]
sending = time.perf_counter() - began
counts = ray.get(refs)
answered = time.perf_counter() - began

print(f"sent after {1000 * sending:.0f} ms, answered after {1000 * answered:.0f} ms")
print("in order:", counts == list(range(1, 21)))

# %% early-flow-text [markdown]
# How it was made has a part for that, *Buffering*. Look for the moment at which the waiting ends: the GCS has told your notebook where the actor is.

# %% early-flow
ray.creation_flow(late)

# %% once-text [markdown]
# ## One at a time, and nobody in between
#
# An ordinary actor runs one call after the other. So between two steps of one method nobody else can change its state: no lock is needed. (Lesson 8 has actors that run several calls at a time.)
#
# > **Predict first.** Four tasks add to the same number, 250 times each, reading it and writing it in two steps. Will any of the thousand get lost?

# %% once
@ray.remote
class Number:
    def __init__(self):
        self.value = 0

    def add_one(self):
        before = self.value
        self.value = before + 1

    def get(self):
        return self.value


@ray.remote
def add_often(number):
    ray.get([number.add_one.remote() for _ in range(250)])


number = Number.remote()
ray.get([add_often.remote(number) for _ in range(4)])
print(ray.get(number.get.remote()))

# %% exercise [markdown]
# ## Exercise: predict the order
#
# Three programs, which all begin alike:
#
# ```python
# @ray.remote
# class Journal:
#     def __init__(self):
#         self.lines = []
#
#     def write(self, line):
#         self.lines.append(line)
#
#     def read(self):
#         return self.lines
#
#
# @ray.remote(num_cpus=0)  # it only waits
# def slow(line):
#     time.sleep(0.3)
#     return line
#
#
# @ray.remote
# def send_for_me(journal, line):
#     ray.get(journal.write.remote(line))
# ```
#
# What does each of them print? Write it down before you run anything.
#
# **`early`**
#
# ```python
# journal = Journal.remote()
# journal.write.remote("a")
# lines = journal.read.remote()
# journal.write.remote("b")
# print(ray.get(lines))
# ```
#
# **`held`**
#
# ```python
# journal = Journal.remote()
# journal.write.remote("a")
# journal.write.remote(slow.remote("slow"))
# journal.write.remote("b")
# print(ray.get(journal.read.remote()))
# ```
#
# **`overtaken`**
#
# ```python
# journal = Journal.remote()
# ray.get(journal.write.remote("a"))
# journal.write.remote(slow.remote("slow"))
# ray.get(send_for_me.remote(journal, "b"))
# journal.write.remote("c")
# print(ray.get(journal.read.remote()))
# ```

# %% exercise-card
from raylite.exercises import predict_the_order

predict_the_order

# %% exercise-stub-text [markdown]
# Write here:

# %% predict-the-order
predictions = {
    "early": ...,  # a list of lines, such as ["a", "b"]
    "held": ...,
    "overtaken": ...,
}
### BEGIN SOLUTION
predictions = {
    "early": ["a"],
    "held": ["a", "slow", "b"],
    "overtaken": ["a", "b", "slow", "c"],
}
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. The programs are run, and compared with what you say.

# %% exercise-check
predict_the_order.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
predict_the_order.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
predict_the_order.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. In *A call that waits for its argument*: make the quick line overtake without a task and without touching the order of the two lines. (Which thing has a queue of its own?)
# 2. Let two tasks write to one journal at the same time, twenty lines each, and colour the result by writer. Is there a pattern? Does it change when the tasks sleep a little?
# 3. What happens to the calls in the queue when `slow` raises an error instead of returning? Predict, then try.

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | of | the order is |
# | --- | --- |
# | calls of one caller to one actor | the order in which they were sent, always |
# | calls of two callers | not promised |
# | a call whose argument is a ref | that of its caller's queue: those behind it wait as well |
# | calls sent before the actor is there | as ever: they wait, and go together |
# | calls in an ordinary actor | one at a time |
#
# **Before:** [2 · Many tasks, one progress actor](02_pi_with_progress.ipynb) · **Next:** [6 · When an actor dies](06_failure.ipynb)
