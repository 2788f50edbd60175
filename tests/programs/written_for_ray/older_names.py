"""Names that older programs use, a module beside the program, and Ray imported inside of tasks."""

import pickle

import bank
import ray
import ray._raylet
import ray.cloudpickle as cloudpickle  # noqa: PLR0402  # As programs have it.
from ray.remote_function import RemoteFunction
from ray.runtime_context import get_runtime_context
from ray.types import ObjectRef

if ray.is_initialized:
    ray.shutdown()
ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")

one, other = bank.Account.remote("one"), bank.Account.remote("other")
ray.get(one.deposit.remote(100))
print(ray.get(bank.transfer.remote(one, other, 30)))
try:
    ray.get(bank.transfer.remote(one, other, 300))
except bank.OverdrawnError as error:
    print(type(error.cause).__name__, error.cause)
except ray.exceptions.RayTaskError as error:
    print("a", type(error).__name__)


@ray.remote
def inside(ref_in_a_list):
    import ray
    from ray.exceptions import RayError
    from ray.util import ActorPool

    [ref] = ref_in_a_list
    return [
        isinstance(ref, ray.ObjectRef),
        isinstance(ref, ray._raylet.ObjectRef),
        issubclass(ray.exceptions.GetTimeoutError, RayError),
        ActorPool.__name__,
        ray.get(ref),
        ray.get_runtime_context().get_task_id() is not None,
    ]


ref: ObjectRef = ray.put("value")
print(ray.get(inside.remote([ref])))
print(ray.ObjectID is ray.ObjectRef, isinstance(inside, RemoteFunction), len(ref.binary()))
print(isinstance(one, ray.actor.ActorHandle), isinstance(bank.Account, ray.actor.ActorClass))
print(ray.get(inside._remote(args=[[ref]], num_cpus=1))[4])
print(cloudpickle.loads(cloudpickle.dumps(lambda x: x + 1))(1))
print(pickle.loads(pickle.dumps(one)) == one, get_runtime_context().get_actor_id())
print(sorted({ref: 1}) == [ref], {one: "a handle as a key"}[one])
ray.shutdown()
ray.shutdown()
