"""Actors that make actors, handles in dictionaries, and names that are looked up in tasks."""

import ray

ray.init(num_cpus=2, namespace="forest")


class Named:
    kind = "plain"

    def __init__(self, name):
        self.name = name

    def describe(self):
        return f"{type(self).__name__} {self.name} ({self.kind})"


@ray.remote
class Node(Named):
    kind = "remote"

    def __init__(self, name, depth):
        super().__init__(name)
        self.children = {}
        if depth:
            for side in ("left", "right"):
                self.children[side] = Node.remote(f"{name}/{side}", depth - 1)

    def names(self):
        below = ray.get([child.names.remote() for child in self.children.values()])
        return [self.name] + [name for names in below for name in names]

    def child(self, side):
        return self.children[side]


@ray.remote
def visit(path):
    node = ray.get_actor("root")
    for side in path:
        node = ray.get(node.child.remote(side))
    return ray.get(node.describe.remote())


root = Node.options(name="root").remote("root", 2)
print(ray.get(root.names.remote()))
print(ray.get([visit.remote(["left"]), visit.remote(["right", "left"])]))
print(ray.util.list_named_actors(), Node.kind)
ray.kill(root)
try:
    ray.get_actor("root")
except ValueError as error:
    print("ValueError", "root" in str(error))
try:
    ray.get(root.names.remote())
except ray.exceptions.RayActorError as error:
    print(type(error).__name__)
print(ray.get_runtime_context().namespace)
