"""An actor that keeps what it is told, in order."""

import raylite as ray


@ray.remote
class Log:
    def __init__(self):
        self.lines = []

    def add(self, line):
        self.lines.append(line)
        return len(self.lines)

    def all(self):
        return self.lines
