# %% title [markdown]
# # 4 · Resources and places
#
# **Aim.** You say what a task or an actor needs, see how a session shares out what it has, and decide on which node something runs.
#
# **Time.** About 35 minutes.
#
# **You need** lessons 1 and 2. No GPU is needed: this lesson only counts them.

# %% counted-text [markdown]
# ## Resources are counted, not measured
#
# A session has a number of CPUs, of GPUs, and of whatever else you name. A task or actor says how many it needs, and gets a place when they are free. The numbers are a promise of yours about what your code uses; nobody checks, and nothing is throttled.
#
# So on this computer, too, a session may have four GPUs. It will hand out the numbers 0 to 3, and a class that would load a model into one of them behaves as it would in a large cluster.

# %% init
import time
from itertools import pairwise

import raylite as ray
from raylite.util.placement_group import placement_group, remove_placement_group
from raylite.util.scheduling_strategies import (
    NodeAffinitySchedulingStrategy,
    PlacementGroupSchedulingStrategy,
)

ray.shutdown()  # if one is running: this lesson's has resources of its own
session = ray.init(num_cpus=4, num_gpus=4, resources={"licence": 1})


def show(title, resources):
    """The resources of this lesson in a line."""
    time.sleep(0.2)  # what has just ended may be about to give back what it had
    kinds = ("CPU", "GPU", "licence")
    print(f"{title:22}", ", ".join(f"{kind} {resources.get(kind, 0):g}" for kind in kinds))


show("there are", ray.cluster_resources())

# %% hold-text [markdown]
# ## An actor holds what it has
#
# A task gives its resources back when it ends. An actor keeps them as long as it lives.
#
# > **Predict first.** Two of the four GPUs, and half a GPU: how much is left, of the GPUs and of the CPUs?

# %% hold
@ray.remote(num_gpus=1)
class ModelServer:
    def __init__(self, name):
        self.name = name

    def where(self):
        return self.name, ray.get_gpu_ids()

    def infer(self, x):
        return x * 2


big = ModelServer.options(num_gpus=2).remote("big")
small = ModelServer.options(num_gpus=0.5).remote("small")
places = ray.get([big.where.remote(), small.where.remote()])
print(places)
show("are free", ray.available_resources())

# %% hold-answer [markdown]
# One GPU and a half, and two CPUs: an actor that asks for a GPU is taken to need a CPU beside it, unless it says `num_cpus=0`.

# %% slots-text [markdown]
# ### Who holds what
#
# Each slot is a CPU or a GPU, filled as far as it is taken. Leave this open, and look at it again after each of the next cells.
#
# > **Predict first.** How will half a GPU be drawn?

# %% slots
ray.dashboard(tab="nodes")

# %% slots-answer [markdown]
# <details><summary>Answer</summary>
#
# As a slot that is half full. Point at a slot to see who holds it; below the slots it stands in words.
#
# </details>

# %% fractions-text [markdown]
# ## Fractions
#
# Half a GPU means: two of these may share one, and both are told its number.
#
# > **Predict first.** A third of a GPU, three times. How many different GPU numbers do the three get?

# %% fractions
ray.kill(big)
ray.kill(small)
while ray.available_resources()["GPU"] < 4:  # free again once their processes have ended
    time.sleep(0.01)
thirds = [ModelServer.options(num_gpus=0.33).remote(f"third {n}") for n in range(3)]
numbers = [gpus for _, gpus in ray.get([third.where.remote() for third in thirds])]
print(numbers)
show("are free", ray.available_resources())
for third in thirds:
    ray.kill(third)

# %% zero-text [markdown]
# ## The CPUs of an actor
#
# There is a surprise here. An actor for which you say nothing at all needs one CPU to be *placed*, and holds none while it *runs*: it spends most of its life waiting for calls, after all. If you say `num_cpus=1`, it holds one for good.
#
# > **Predict first.** Eight ordinary actors on four CPUs: do all of them come to life? And eight with `num_cpus=1`?

# %% zero
@ray.remote
class Plain:
    def hello(self):
        return "hello"


plain = [Plain.remote() for _ in range(8)]
print(len(ray.get([actor.hello.remote() for actor in plain])), "ordinary actors answer")
show("are free", ray.available_resources())
del plain  # without handles they end

# %% zero-held
greedy = [Plain.options(num_cpus=1).remote() for _ in range(8)]
ready, waiting = ray.wait([actor.hello.remote() for actor in greedy], num_returns=8, timeout=2)
print(f"{len(ready)} answer, {len(waiting)} wait for a CPU")
del greedy, ready, waiting  # and with them what they hold

# %% zero-answer [markdown]
# The last four are no error. They wait until someone gives a CPU back, and so do the calls that were sent to them.

# %% custom-text [markdown]
# ## Resources of your own
#
# There is one `licence` in this session. Whoever needs it says so, and the others wait: a lock for a whole cluster.

# %% custom
@ray.remote(num_cpus=0, resources={"licence": 1})
def use_licence(number):
    began = time.perf_counter()
    time.sleep(0.1)
    return began, time.perf_counter()


times = sorted(ray.get([use_licence.remote(number) for number in range(3)]))
one_by_one = all(end <= start for (_, end), (start, _) in pairwise(times))
print("one after the other:", one_by_one)

# %% impossible-text [markdown]
# And what nobody can ever have? You are told, and it waits: in a real cluster a node that has it might be added.

# %% impossible
hopeless = ModelServer.options(num_gpus=100).remote("hopeless")
ready, waiting = ray.wait([hopeless.where.remote()], timeout=1)
print(f"{len(ready)} answered, {len(waiting)} waiting")
ray.kill(hopeless)

# %% nodes-text [markdown]
# ## More than one node
#
# A cluster has several machines. Here we add *virtual nodes* to the session: they have resources of their own, and everything is placed as if they were machines.

# %% nodes
show("are free", ray.available_resources())
second = ray.cluster.add_node(num_cpus=2, resources={"fast_disk": 1})
third_node = ray.cluster.add_node(num_cpus=2)

names = {node["NodeID"]: f"node {n}" for n, node in enumerate(ray.nodes(), start=1)}


@ray.remote(num_cpus=1)
def where():
    time.sleep(0.1)
    return ray.get_runtime_context().get_node_id()


def tell(title, refs):
    """On which nodes these have run."""
    nodes = ray.get(refs)
    time.sleep(0.2)  # as above
    print(f"{title:18}", sorted(names[node] for node in nodes))


tell("usual", [where.remote() for _ in range(4)])
tell("SPREAD", [where.options(scheduling_strategy="SPREAD").remote() for _ in range(3)])
tell("fast_disk", [where.options(resources={"fast_disk": 1}).remote()])

there = NodeAffinitySchedulingStrategy(node_id=third_node.node_id, soft=False)
tell("this very node", [where.options(scheduling_strategy=there).remote()])

# %% nodes-answer [markdown]
# *Usual* means: near the caller first, as long as there is room. But the first node has GPUs, and who needs none is kept away from them, so that they stay free for those who do. *SPREAD* goes round. A resource that only one node has is a way to say which node, without naming it.

# %% groups-text [markdown]
# ## Placement groups: all or nothing
#
# Sometimes several things belong together: four workers of one training, each with a GPU, are of no use if only three of them find a place. A *placement group* reserves *bundles* of resources, all at once or not at all, and says how far apart they are to be:
#
# | strategy | bundles |
# | --- | --- |
# | `PACK` | close together, if that can be |
# | `STRICT_PACK` | on one node, or not at all |
# | `SPREAD` | far apart, if that can be |
# | `STRICT_SPREAD` | each on another node, or not at all |

# %% groups
group = placement_group([{"CPU": 1}] * 3, strategy="STRICT_SPREAD")
ray.get(group.ready())

refs = []
for index in range(3):
    place = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index)
    refs.append(where.options(scheduling_strategy=place).remote())
tell("STRICT_SPREAD", refs)

# %% groups-too-many
too_many = placement_group([{"CPU": 1}] * 4, strategy="STRICT_SPREAD")
print("four bundles on three nodes:", "ready" if too_many.wait(1) else "waits")
remove_placement_group(too_many)
remove_placement_group(group)

# %% locality-text [markdown]
# ## Where the data is
#
# If an argument is a large value, the task goes to where most of its bytes are, if there is room: to send the task is cheaper than to send the data. (On one machine all nodes share one memory, so nothing is copied here in any case. The decision is made as in a cluster.)

# %% locality
@ray.remote(num_cpus=1)
def make_large():
    return bytes(5_000_000)


@ray.remote(num_cpus=1)
def use_large(data):
    return ray.get_runtime_context().get_node_id()


data = make_large.options(scheduling_strategy=there).remote()
ray.wait([data])
tell("goes to the data", [use_large.remote(data)])

# %% exercise [markdown]
# ## Exercise: place the model servers
#
# Now put all of this together: a model that takes a GPU for itself, four times, and requests that are shared out.
#
# 1. `servers` is a list of four actors of the class `ModelServer`, each with a GPU of its own.
# 2. `ask(numbers)` returns what `infer` makes of each of the numbers, in their order.
# 3. Each number is one call, and all four servers have their share of the calls.

# %% exercise-card
from raylite.exercises import model_servers

model_servers

# %% exercise-stub-text [markdown]
# Write here:

# %% model-servers
@ray.remote
class ModelServer:
    """A model, which takes a GPU for itself."""

    def infer(self, x):
        return x * 2


servers = ...  # a list of four actors of your class, each with a GPU of its own


def ask(numbers):
    """What the model makes of the numbers, in their order. Each server has its share of them."""
    return ...
### BEGIN SOLUTION
@ray.remote(num_gpus=1)
class ModelServer:
    """A model, which takes a GPU for itself."""

    def infer(self, x):
        return x * 2


servers = [ModelServer.remote() for _ in range(4)]


def ask(numbers):
    """What the model makes of the numbers, in their order. Each server has its share of them."""
    return ray.get([servers[n % 4].infer.remote(x) for n, x in enumerate(numbers)])
### END SOLUTION

# %% exercise-check-text [markdown]
# Run your cell, then this one. Your four servers are looked at, and your function is tried, with a time limit.

# %% exercise-check
model_servers.check()

# %% exercise-hint-text [markdown]
# Each run of the next cell gives one more hint.

# %% exercise-hint
model_servers.hint()

# %% exercise-solution-text [markdown]
# And one solution. The first run of the cell asks back; the second shows it, folded up.

# %% exercise-solution
model_servers.solution()

# %% your-turn [markdown]
# ## More to try
#
# 1. Make a fifth server. What becomes of it, and of what you ask it?
# 2. Share the requests out by `ActorPool` (lesson 9) instead of in turns, and let one replica be slow. Who answers how many?
# 3. Ask for the four servers with `STRICT_PACK` in bundles of one GPU. Where do they go, and what if there were only three GPUs?
# 4. Remove the third node while a task runs there: `ray.cluster.remove_node(third_node)`. What does `get` say?

# %% end-text [markdown]
# ## Put everything away

# %% end
ray.shutdown()

# %% summary [markdown]
# ## What you have learnt
#
# | you say | it means |
# | --- | --- |
# | `num_cpus`, `num_gpus`, `resources` | what it needs; counted, not measured |
# | nothing, for an actor | a CPU to be placed, none afterwards |
# | fractions | several share one |
# | `scheduling_strategy` | which node |
# | a placement group | several places, all or none |
#
# **Before:** [3 · Who called what, how often](03_telemetry.ipynb) · **Next:** [5 · Where a call goes, and in which order](05_submission_and_order.ipynb)
