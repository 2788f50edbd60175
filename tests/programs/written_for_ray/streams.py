"""Generators whose items can be had while they run."""

import ray
from ray import ObjectRefGenerator

ray.init(num_cpus=2)


@ray.remote
def count(number):
    for i in range(number):
        yield {"i": i, "square": i * i}


@ray.remote
class Reader:
    def __init__(self, lines):
        self.lines = lines

    def read(self):
        for line in self.lines:  # noqa: UP028  # In an actor with coroutines Ray refuses that.
            yield line

    async def read_slowly(self):
        for line in self.lines:
            yield line.upper()


@ray.remote
def broken():
    yield 1
    raise RuntimeError("in the middle")


@ray.remote
def add(one, other):
    return one + other


items = count.remote(4)
print(isinstance(items, ObjectRefGenerator), type(next(items)).__name__)
print([ray.get(ref)["square"] for ref in items])

reader = Reader.remote(["one", "two"])
first, second = reader.read.remote()
print(ray.get(add.remote(first, second)))
print([ray.get(ref) for ref in reader.read_slowly.remote()])

stream = broken.remote()
print(ray.get(next(stream)))
try:
    ray.get(next(stream))
except RuntimeError as error:
    print(type(error).__name__, error.cause)

unready, seen = [count.remote(2), count.remote(3)], 0
while unready:
    ready, unready = ray.wait(unready)
    for generator in ready:
        try:
            ray.get(next(generator))
        except StopIteration:
            continue
        seen += 1
        unready.append(generator)
print(seen)
