"""What is built on actors: a pool, a queue, and Python's own Pool."""

import ray
from ray.util import ActorPool
from ray.util.multiprocessing import Pool
from ray.util.queue import Empty, Queue

ray.init(num_cpus=4)


@ray.remote
class Squarer:
    def square(self, number):
        return number * number


pool = ActorPool([Squarer.remote() for _ in range(2)])
print(list(pool.map(lambda actor, number: actor.square.remote(number), range(6))))
print(sorted(pool.map_unordered(lambda actor, number: actor.square.remote(number), range(6))))
pool.submit(lambda actor, number: actor.square.remote(number), 9)
print(pool.has_next(), pool.get_next(timeout=30), pool.has_next())

queue = Queue(maxsize=10)


@ray.remote
def produce(queue, first):
    for number in range(first, first + 3):
        queue.put(number)


@ray.remote
class Consumer:
    def __init__(self, queue):
        self.queue = queue

    def take(self, number):
        return sorted(self.queue.get() for _ in range(number))


consumer = Consumer.remote(queue)
taken = consumer.take.remote(6)
ray.get([produce.remote(queue, 0), produce.remote(queue, 10)])
print(ray.get(taken), queue.empty())
try:
    queue.get_nowait()
except Empty as error:
    print(type(error).__name__)
queue.shutdown()


def cube(number):
    return number**3


with Pool(2) as processes:
    print(processes.map(cube, range(5)), processes.apply(cube, (7,)))
