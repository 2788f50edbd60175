# %% title [markdown]
# # 3 · Who called what, how often
#
# **Aim.** You write a family of actors that count their own calls, give them names that can be read, and check what they say against what the session itself has recorded.
#
# **Time.** About 25 minutes.
#
# **You need** lessons 1 and 2.

# %% init
import random
from collections import Counter

import raylite as ray

session = ray.init(ignore_reinit_error=True)

# %% base-text [markdown]
# ## A base class that counts
#
# Say you run a few services, each an actor, and want to know which of their methods are used, and how often. Every actor can count for itself: it has state, and it runs one call at a time.
#
# What all of them have in common goes into a *base class*, an ordinary one. Only the classes at the end of the line become actor classes. (To derive from an actor class is an error, which says so.)
#
# Note `__repr__`: what it returns is the actor's name wherever it prints something or fails.

# %% base
class Tracked:
    """Knows its name, and how often each of its methods was called."""

    def __init__(self, name):
        self.name = name
        self.calls = Counter()

    def __repr__(self):
        return self.name

    def all_calls(self):
        return self.name, dict(self.calls)


@ray.remote
class Store(Tracked):
    def save(self, key, value):
        self.calls["save"] += 1
        return f"{key} saved"

    def load(self, key):
        self.calls["load"] += 1
        return key


@ray.remote
class Mailer(Tracked):
    def send(self, to, text=""):
        self.calls["send"] += 1
        print(f"sending {len(text)} characters to {to}")


store = Store.remote("store of books")
mailer = Mailer.remote("mailer")

# %% repr-text [markdown]
# > **Predict first.** What stands before the printed line: `Mailer`, `mailer`, or a number?

# %% repr
ray.get(mailer.send.remote("ada", text="hello"))

# %% watch-text [markdown]
# ## Random calls
#
# `ray.watch` shows the actors that you name, with their calls, and moves while the next cell runs.
#
# > **Predict first.** The mailer has been called once, the store not at all. The next cell picks one of `save`, `load` and `send`, thirty times. Which number under *Done* is going to be the larger one?

# %% watch
ray.watch(store, mailer)

# %% random-text [markdown]
# The driver calls whichever it likes, thirty times, and keeps a tally of its own to compare with.

# %% random
mine = Counter()
refs = []
for number in range(30):
    kind = random.choice(["save", "load", "send"])
    mine[kind] += 1
    if kind == "save":
        refs.append(store.save.remote(f"book {number}", number))
    elif kind == "load":
        refs.append(store.load.remote(f"book {number}"))
    else:
        refs.append(mailer.send.remote("ada"))
answers = ray.get(refs)

# %% compare-text [markdown]
# The store is ahead under *Done*: two of the three methods are its own.
#
# > **Predict first.** Do the actors' own counts agree with the tally, to the last call?

# %% compare
theirs = dict(ray.get([actor.all_calls.remote() for actor in (store, mailer)]))
print("mine:  ", dict(mine))
for name, counts in theirs.items():
    print(f"{name}: {counts}")

# %% compare-answer [markdown]
# They agree, but for the call of `send` before the tally began. No call is lost and none is counted twice, though nobody has thought about processes, sockets or locks.

# %% callers-text [markdown]
# ## Who has called?
#
# An actor does not know who calls it, unless the caller says so. Here three customers are tasks, and each of them notes its calls in a log of their own:

# %% callers
@ray.remote
class Log:
    def __init__(self):
        self.entries = Counter()

    def note(self, who, what):
        self.entries[who, what] += 1

    def read(self):
        return self.entries


@ray.remote
def customer(name, store, log, orders):
    for number in range(orders):
        log.note.remote(name, "save")
        ray.get(store.save.remote(f"{name} {number}", number))
    ray.get(log.read.remote())  # when this is answered, so are the notes before it


log = Log.remote()
ray.get([customer.remote(name, store, log, 5 + number) for number, name in enumerate("abc")])
noted = ray.get(log.read.remote())
for (who, what), count in sorted(noted.items()):
    print(f"{who} called {what} {count} times")

# %% recorded-text [markdown]
# ## What the session knows anyway
#
# You do not have to count everything yourself. A session keeps a record of all that happens in it: each call with its name, its actor, its state and its times. `list_tasks` shows the newest calls, `summarize_tasks` counts them.
#
# > **Predict first.** Which of the numbers below should be the same as yours?

# %% recorded
from raylite.util.state import list_tasks

recorded = Counter(task.name for task in list_tasks(limit=10_000))
for name, count in sorted(recorded.items()):
    print(f"{name:18} {count:3}")

# %% recorded-answer [markdown]
# `Store.save` here is your tally and all orders of the customers together. Counting inside the actor is still of use: it can count what *you* care about (how many books, which readers), and it goes with the program wherever that runs.

# %% metrics-text [markdown]
# ## Metrics
#
# In between there is a third way, for numbers that should be looked at while a program runs: a `Counter` of `util.metrics` can be used in any process, and adds up over all of them.

# %% metrics
from raylite.util.metrics import Counter as Metric


@ray.remote
class Shop:
    def __init__(self):
        self.sold = Metric("books_sold", description="books sold", tag_keys=("kind",))

    def sell(self, kind):
        self.sold.inc(1, tags={"kind": kind})


shops = [Shop.remote() for _ in range(2)]
sales = [random.choice(shops).sell.remote(random.choice(["novel", "atlas"])) for _ in range(20)]
print(len(ray.get(sales)), "books sold")

# %% metrics-show
# %load_ext raylite
# %raylite metrics

# %% exercise [markdown]
# ## Exercise: method tracking
#
# Write the family of classes anew, so that it can be relied on:
#
# 1. `Tracked(name)` is an ordinary class. `note(method)` counts one more call, `all_calls()` returns a dictionary with the counts, and an object is shown by its name (`__repr__`, as above).
# 2. `Store` is an actor class derived from it. `save(key, value)` keeps a value, `load(key)` returns it, and both are counted.
# 3. Whoever derives another class from `Tracked` gets counts of its own.

# %% exercise-card
from raylite.exercises import method_tracking

method_tracking

# %% exercise-stub-text [markdown]
# Write here:

# %% method-tracking
class Tracked:
    """Has a name, and counts the calls of its methods."""

    def __init__(self, name):
        """Keep the name, and begin without a call."""

    def note(self, method):
        """Count one more call of the method of that name."""

    def all_calls(self):
        """Return a dictionary: for each method's name, how often it was called."""


@ray.remote
class Store(Tracked):
    def save(self, key, value):
        """Note the call, and keep the value."""

    def load(self, key):
        """Note the call, and return the value."""
### BEGIN SOLUTION
class Tracked:
    """Has a name, and counts the calls of its methods."""

    def __init__(self, name):
        self.name = name
        self.counts = Counter()

    def __repr__(self):
        return self.name

    def note(self, method):
        self.counts[method] += 1

    def all_calls(self):
        return dict(self.counts)


@ray.remote
class Store(Tracked):
    def __init__(self, name):
        super().__init__(name)
        self.values = {}

    def save(self, key, value):
        self.note("save")
        self.values[key] = value

    def load(self, key):
        self.note("load")
        return self.values[key]
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your class is tried in fresh actors, with a time limit. `%check method_tracking` is `method_tracking.check()`; with `%%check method_tracking` as the first line of your own cell, what you write is checked as soon as it has run.

# %% exercise-check
# %check method_tracking

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
method_tracking.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
method_tracking.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Write `track`, a decorator for methods that does the counting, so that no method has a line for it any more.
# 2. Let `Tracked` remember the time of each call, too, and answer which method is slowest.
# 3. Derive a class from `Store` (the actor class). Read the message, and do what it says.

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# - What actors have in common stands in an ordinary base class; `@ray.remote` comes last.
# - `__repr__` gives an actor a name for people.
# - An actor's own counts are exact, because it takes one call at a time.
# - The session has recorded every call; `util.state` and metrics show it.
#
# **Before:** [2 · Many tasks, one progress actor](02_pi_with_progress.ipynb) · **Next:** [4 · Resources and places](04_resources_and_placement.ipynb)
