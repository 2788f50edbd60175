"""An engine that notes what it is told and has every answer at once."""

import itertools

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import (
    ActorID,
    JobID,
    NodeID,
    ObjectID,
    PlacementGroupID,
    WorkerID,
)
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY
from raylite.engines.base import RuntimeFacts
from raylite.exceptions import ActorAlreadyExistsError


class FakeEntry:
    """An object whose value is there."""

    def __init__(self, object_id, value):
        self.object_id = object_id
        self.value = value

    def add_done_callback(self, callback, *, may_wait=False):
        callback()

    def result(self):
        return self.value

    def has_failed(self):
        return False

    def reduce(self):
        return ObjectRef.from_binary, (self.object_id,)


class FakeClient:
    """Notes each call, and answers with a ref."""

    def __init__(self, engine, actor_id, calls):
        self.engine = engine
        self.actor_id = actor_id
        self.calls = calls
        self.hows = []

    def submit(self, method, args, kwargs, num_returns, keep_alive, how=None):  # noqa: PLR0917  # As the engine has it.
        self.engine.calls.append((self.actor_id, method, args, kwargs, num_returns))
        self.hows.append(how)
        return self.engine.returns(num_returns)


class FakeEngine:
    complete_events = True
    over = False

    def __init__(self):
        self.numbers = itertools.count(1)
        self.calls = []
        self.tasks = []
        self.created = []
        self.killed = []
        self.cancelled = []
        self.named = {}
        self.groups = {}
        self.added_nodes = {}
        self.strategy = DEFAULT_STRATEGY
        self.gpu_ids = ()
        self.actor_id = None
        self.own_handle = b""
        self.config = None
        self.origin = 0
        self.closed = False

    def ref(self, value=None):
        return ObjectRef(FakeEntry(ObjectID(next(self.numbers).to_bytes(28, "big")), value))

    def returns(self, num_returns):
        if num_returns == 0:
            return None
        return self.ref() if num_returns == 1 else [self.ref() for _ in range(num_returns)]

    def submit_task(self, function, args, kwargs, options):
        self.tasks.append((function, args, kwargs, options))
        return self.returns(options.num_returns)

    def create_actor(self, actor_class, args, kwargs, options):
        if options.name in self.named:
            if not options.get_if_exists:
                raise ActorAlreadyExistsError(options.name)
            actor_id, handle = self.named[options.name]
            return actor_id, None, handle
        actor_id = ActorID(f"{next(self.numbers):032x}")
        self.created.append((actor_class, args, kwargs, options))
        if options.name:
            self.named[options.name] = (actor_id, options.handle)
        return actor_id, None if options.detached else self.ref(), options.handle

    def actor_client(self, actor_id, calls):
        return FakeClient(self, actor_id, calls)

    def get_actor(self, name, namespace):
        return self.named.get(name)

    def weak_ref(self, actor_id):
        return None

    def kill_actor(self, actor_id, *, no_restart):
        self.killed.append((actor_id, no_restart))

    def cancel(self, ref, *, force, recursive):
        self.cancelled.append((ref, force, recursive))

    def is_cancelled(self):
        return bool(self.cancelled)

    def put(self, value):
        return self.ref(value)

    def get(self, refs, timeout_s):
        return [ref._entry.result() for ref in refs]

    def get_one(self, ref, timeout_s):
        return ref._entry.result()

    def is_rest(self, refs):
        return False

    def wait(self, refs, num_returns, timeout_s, *, fetch_local=True):
        return list(refs[:num_returns]), list(refs[num_returns:])

    def create_placement_group(self, bundles, strategy, *, name, detached, target_node_id):
        group_id = PlacementGroupID(f"{next(self.numbers):036x}")
        self.groups[group_id] = (bundles, strategy, name, detached, target_node_id)
        return group_id

    def remove_placement_group(self, group_id):
        self.groups.pop(group_id, None)

    def placement_group_ready(self, group_id, value):
        return self.ref(value)

    def get_placement_group(self, name):
        return next((one for one, group in self.groups.items() if group[2] == name), None)

    def placement_groups(self, group_id):
        return [
            {
                "placement_group_id": one,
                "bundles": {bundle.index: bundle.resources.to_dict() for bundle in group[0]},
                "state": "CREATED",
            }
            for one, group in self.groups.items()
            if group_id in {None, one}
        ]

    def add_node(self, total, labels):
        node_id = NodeID(f"{next(self.numbers):056x}")
        self.added_nodes[node_id] = (total, labels)
        return node_id

    def remove_node(self, node_id):
        del self.added_nodes[node_id]

    def resources(self, *, available):
        return {"CPU": 1.0 if available else 2.0}

    def state(self, table):
        if table != "nodes" or not self.added_nodes:
            return [{"table": table}]
        return [
            {"NodeID": node_id, "Alive": True, "Resources": total, "Labels": labels}
            for node_id, (total, labels) in self.added_nodes.items()
        ]

    def report(self, what):
        return [], 0

    def observe(self, spec, tags, value):
        pass

    def stand_in_for_ray(self):
        pass

    def events(self):
        return []

    def history(self):
        return EventBatch(events=())

    def subscribe(self, callback, *, with_history=False):
        if with_history:
            callback(self.history())
        return lambda: None

    def show_output_with(self, show, when_fetched):
        """Nobody prints anything here."""

    def fetch_output(self, longest_s):
        """As above."""

    def tell_bars(self, news):
        """Nobody draws anything here."""

    def address_info(self):
        return {"address": "local", "node_id": "0" * 56, "session_dir": ""}

    def facts(self):
        return RuntimeFacts(
            job_id=JobID("01000000"),
            node_id=NodeID("0" * 56),
            worker_id=WorkerID("1" * 56),
            actor_id=self.actor_id,
            actor_name=None,
            task_id=None,
            task_name=None,
            namespace="here",
            is_driver=self.actor_id is None,
            gpu_ids=self.gpu_ids,
            strategy=self.strategy,
            actor_handle=self.own_handle,
        )

    def close(self):
        self.closed = True


def start(config):
    engine = FakeEngine()
    engine.config = config
    return engine
