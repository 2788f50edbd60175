"""The runtime. Read it in this order; it takes an afternoon.

1. ``common/states``: the states of actors, workers, leases and tasks, and the only moves.
2. ``common/messages``, ``common/instructions``, ``common/events``: what is said, and by whom.
3. ``gcs/actor_manager``: the life of an actor, decided. Pure.
4. ``raylet/raylet``: who gets which worker, decided. Pure.
5. ``node/head``: the loop that acts on both; ``node/fork_server``: where workers come from.
6. ``rpc/poller``: whoever waits, reads.
7. ``core_worker/task_submission/actor_task_submitter``: from ``.remote()`` to the socket.
8. ``core_worker/task_execution/task_executor``: from the socket to the method, and back.
9. ``core_worker/ownership``: refs that travel.
10. ``object_store/plasma``: large values, from the first byte to the last.
11. ``raylite/actor.py``, one folder up: what ``@ray.remote`` makes of a class.

A folder imports only those above it in this list of layers: ``common``, ``scheduling``, ``gcs``
and ``raylet``, ``object_store`` and ``rpc``, ``core_worker``, ``node``. The first four are pure.
"""
