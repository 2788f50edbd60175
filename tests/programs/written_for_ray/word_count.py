"""Map and reduce with several returns from each mapper."""

from collections import Counter

import ray

LINES = [
    "the head makes plans and the workers work",
    "the driver asks and the actor answers",
    "who asks first is answered first",
    "a worker that dies is replaced and the work goes on",
]
REDUCERS = 3

ray.init()


@ray.remote(num_returns=REDUCERS)
def mapper(line):
    parts = [Counter() for _ in range(REDUCERS)]
    for word in line.split():
        parts[sum(map(ord, word)) % REDUCERS][word] += 1
    return parts


@ray.remote
def reducer(*parts):
    total = Counter()
    for part in parts:
        total.update(part)
    return total


mapped = [mapper.remote(line) for line in LINES]
reduced = [reducer.remote(*(parts[i] for parts in mapped)) for i in range(REDUCERS)]
total = sum(ray.get(reduced), Counter())
for word, number in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:6]:
    print(number, word)

# As results come in.
pending = [reducer.options(name=f"reduce-{i}").remote(Counter({i: i})) for i in range(5)]
seen = []
while pending:
    [ready], pending = ray.wait(pending)
    seen += ray.get(ready).elements()
print(sorted(seen))
print(type(mapped[0]).__name__, len(mapped[0]))
