"""Waiting for few descriptors and for many."""

import os

import pytest

from raylite._core.rpc.selector import IN, Selector

FEW, MANY = 3, 40


@pytest.fixture
def pipes():
    made = [os.pipe() for _ in range(MANY)]
    yield made
    for read_fd, write_fd in made:
        os.close(read_fd)
        os.close(write_fd)


@pytest.fixture
def selector():
    made = Selector()
    yield made
    made.close()


@pytest.mark.parametrize("number", [FEW, MANY])
def test_the_descriptor_with_bytes_is_ready_among_few_and_among_many(selector, pipes, number):
    for read_fd, _ in pipes[:number]:
        selector.register(read_fd, IN)
    read_fd, write_fd = pipes[number - 1]
    assert selector.wait(0) == []
    os.write(write_fd, b"x")
    assert selector.wait_for_ever() == [(read_fd, IN)]


@pytest.mark.parametrize("number", [FEW, MANY])
def test_what_was_unregistered_is_not_waited_for(selector, pipes, number):
    for read_fd, _ in pipes[:number]:
        selector.register(read_fd, IN)
    read_fd, write_fd = pipes[0]
    selector.unregister(read_fd)
    os.write(write_fd, b"x")
    assert selector.wait(0) == []


def test_only_many_descriptors_need_one_of_the_selector_itself(selector, pipes):
    for read_fd, _ in pipes[:FEW]:
        selector.register(read_fd, IN)
    assert selector.own_fds() == []
    for read_fd, _ in pipes[FEW:]:
        selector.register(read_fd, IN)
    assert len(selector.own_fds()) == 1


def test_unknown_descriptors_are_ignored(selector):
    selector.unregister(99)
    selector.modify(99, IN)
    assert selector.wait(0) == []
