"""Tasks that sample report to an actor how far they are."""

import random

import ray

TASKS, SAMPLES = 4, 5000


@ray.remote
class Progress:
    def __init__(self, total: int) -> None:
        self.total = total
        self.done = {}

    def report(self, task: int, done: int) -> None:
        self.done[task] = done

    def ratio(self) -> float:
        return sum(self.done.values()) / self.total


@ray.remote
def sample(task: int, number: int, progress) -> int:
    numbers = random.Random(task)
    inside = 0
    for i in range(number):
        inside += numbers.random() ** 2 + numbers.random() ** 2 <= 1
        if (i + 1) % 1000 == 0:
            progress.report.remote(task, i + 1)
    ray.get(progress.report.remote(task, number))
    return inside


if __name__ == "__main__":
    ray.init(num_cpus=4, ignore_reinit_error=True)
    progress = Progress.remote(TASKS * SAMPLES)
    inside = ray.get([sample.remote(task, SAMPLES, progress) for task in range(TASKS)])
    print("ratio", ray.get(progress.ratio.remote()))
    print(f"pi is about {4 * sum(inside) / (TASKS * SAMPLES):.4f}")
    ray.shutdown()
    print(ray.is_initialized())
