"""A server holds the weights, workers send gradients; arrays travel through the object store."""

import numpy as np
import ray
from ray.exceptions import RayTaskError

ray.init(num_cpus=4)


@ray.remote
class ParameterServer:
    def __init__(self, size):
        self.weights = np.zeros(size)

    def apply(self, *gradients):
        self.weights = self.weights + 0.1 * np.mean(gradients, axis=0)
        return self.weights

    def get_weights(self):
        return self.weights


@ray.remote
class DataWorker:
    def __init__(self, seed):
        self.target = np.random.default_rng(seed).integers(0, 10, 20_000).astype(float)

    def gradient(self, weights):
        return self.target - weights


server = ParameterServer.remote(20_000)
workers = [DataWorker.remote(seed) for seed in range(3)]
weights = server.get_weights.remote()
for step in range(20):
    gradients = [worker.gradient.remote(weights) for worker in workers]
    weights = server.apply.remote(*gradients)
    if step % 5 == 4:
        print(step + 1, round(float(ray.get(weights).mean()), 4))

final = ray.get(weights)
print(final.shape, final.dtype, final.flags.writeable)
try:
    final[0] = 1
except ValueError as error:
    print("ValueError:", error)


@ray.remote
def scale_in_place(array):
    array *= 2


try:
    ray.get(scale_in_place.remote(ray.put(np.ones(30_000))))
except RayTaskError as error:
    print(isinstance(error, ValueError), error.cause)
