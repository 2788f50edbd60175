"""An actor that dies on demand."""

import os
import sys

from raylite.actor import exit_actor
from tests.processes import wait_until


class Mortal:
    """Dies in every way there is."""

    def __init__(self):
        self.calls = 0

    def ping(self):
        self.calls += 1
        return self.calls

    def pid(self):
        return os.getpid()

    def exit(self, code):
        os._exit(code)

    def die_by(self, number):
        os.kill(os.getpid(), number)

    def sys_exit(self, *code):
        sys.exit(*code)

    def exit_actor(self):
        exit_actor()

    def die_once(self, path):
        if path.exists():
            return "survived"
        path.touch()
        os._exit(1)


def pinged(ray, actor, old_pid):
    """The actor's pid, once it is another one."""

    def is_back():
        try:
            return ray.get(actor.pid.remote()) != old_pid
        except ray.exceptions.ActorUnavailableError:
            return False

    wait_until(is_back)
    return ray.get(actor.pid.remote())
