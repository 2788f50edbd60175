"""A module beside the program, with Ray in its first lines; workers import it as well."""

import ray
from ray.actor import ActorHandle


class OverdrawnError(Exception):
    pass


@ray.remote
class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
        return self.balance

    def withdraw(self, amount):
        if amount > self.balance:
            raise OverdrawnError(f"{self.owner} has {self.balance}")
        self.balance -= amount
        return self.balance


@ray.remote
def transfer(source: ActorHandle, target: ActorHandle, amount: int):
    ray.get(source.withdraw.remote(amount))
    return ray.get(target.deposit.remote(amount))
