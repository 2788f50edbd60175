"""Any order of calls, replies, drops and deaths: an object lives as long as anyone can get it."""

import gc

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raylite._core.core_worker.entries import BorrowedEntry
from tests.core.borrowing_world import World

numbers = st.integers(0, 1000)


class AnyOrder(RuleBasedStateMachine):
    """Three processes that do anything that processes can do with refs."""

    def __init__(self):
        super().__init__()
        # What there is before the story is not looked at again at its end.
        gc.freeze()
        self.world = World()

    def pick(self, number):
        found = list(self.world.processes.values())
        return found[number % len(found)]

    @rule(who=numbers)
    def put(self, who):
        self.pick(who).put()

    @rule(who=numbers, what=numbers)
    def put_a_ref_inside(self, who, what):
        process = self.pick(who)
        process.put([process.refs[what % len(process.refs)]] if process.refs else [])

    @rule(who=numbers, whom=numbers, what=numbers)
    def call(self, who, whom, what):
        process, other = self.pick(who), self.pick(whom)
        if process is not other and process.refs:
            process.call(other.worker_id, [process.refs[what % len(process.refs)]])

    @rule(who=numbers, which=numbers, keeps=st.booleans(), what=numbers, returns=st.booleans())
    def answer(self, who, which, keeps, what, returns):
        process = self.pick(who)
        if not process.running:
            return
        at = which % len(process.running)
        if keeps and process.ownership.is_settled():
            process.refs += process.running[at][2]
        has = [*process.refs, *process.running[at][2]]
        process.reply(at, [has[what % len(has)]] if returns and has else [])

    @rule(who=numbers, what=numbers)
    def ask_for_a_value(self, who, what):
        process = self.pick(who)
        found = [ref for ref in process.refs if isinstance(ref, BorrowedEntry)]
        if found:
            process.ownership.fetch(found[what % len(found)])

    @rule(who=numbers, what=numbers)
    def take_refs_out_of_a_value(self, who, what):
        process = self.pick(who)
        found = [ref for ref in process.refs if ref.payload is not None]
        if found:
            process.unpack(found[what % len(found)])

    @rule(who=numbers, what=numbers)
    def drop(self, who, what):
        process = self.pick(who)
        if process.refs:
            process.refs.pop(what % len(process.refs))

    @rule(who=numbers)
    def go_on(self, who):
        self.pick(who).go_on()

    @rule(which=numbers)
    def deliver(self, which):
        pairs = self.world.waiting()
        if pairs:
            self.world.deliver(pairs[which % len(pairs)])

    @precondition(lambda self: len(self.world.processes) > 1)
    @rule(who=numbers)
    def die(self, who):
        self.world.kill(self.pick(who).worker_id)

    @invariant()
    def what_someone_can_get_is_there(self):
        world = self.world
        for process in world.processes.values():
            for ref in process.held():
                owner = ref.owner_id if isinstance(ref, BorrowedEntry) else process.worker_id
                if owner in world.processes and ref.object_id not in world.at_risk:
                    assert world.exists(ref.object_id)

    def teardown(self):
        try:
            self.all_goes()
        finally:
            gc.unfreeze()

    def all_goes(self):
        world = self.world
        world.deliver_all()
        for process in world.processes.values():
            while process.running:
                process.reply(0, [])
        world.deliver_all()
        self.what_someone_can_get_is_there()
        for process in world.processes.values():
            process.refs.clear()
        world.deliver_all()
        gc.collect()
        world.deliver_all()
        for process in world.processes.values():
            assert not process.ownership.num_kept()
            assert process.ownership.is_settled()
            assert not process.holding
        assert not [
            object_id
            for object_id, entry in world.made.items()
            if entry() is not None and entry().home.worker_id in world.processes
        ]


AnyOrder.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
test_any_order = AnyOrder.TestCase


# What is rare above, each by itself: the owner's queues are delivered last.


def three():
    world = World()
    return world, *world.processes.values()


def deliver_between(world, *names):
    """Deliver what the named processes say to each other, until they are silent."""
    ids = [one.worker_id for one in names]
    while pairs := [pair for pair in world.waiting() if pair[0] in ids and pair[1] in ids]:
        world.deliver(pairs[0])


def lent(world, owner, borrower):
    """An object whose only ref is in another process."""
    owner.put()
    owner.call(borrower.worker_id, owner.refs)
    owner.refs.clear()
    world.deliver_all()
    borrower.refs += borrower.running[0][2]
    borrower.reply(0, [])
    world.deliver_all()
    return borrower.refs[0].object_id


def test_a_third_process_answers_only_when_the_owner_has_counted_it():
    world, owner, borrower, third = three()
    object_id = lent(world, owner, borrower)
    borrower.call(third.worker_id, borrower.refs)
    borrower.refs.clear()
    deliver_between(world, borrower, third)
    third.refs += third.running[0][2]
    third.reply(0, [])  # Not yet.
    assert third.running
    deliver_between(world, borrower, third)
    borrower.go_on()
    deliver_between(world, owner, borrower)
    assert world.exists(object_id)
    world.deliver_all()
    third.reply(0, [])
    world.deliver_all()
    assert world.exists(object_id)
    third.refs.clear()
    world.deliver_all()
    assert not world.exists(object_id)


def test_a_reply_is_held_until_its_receiver_is_counted():
    world, owner, borrower, third = three()
    object_id = lent(world, owner, borrower)
    third.put()
    third.call(borrower.worker_id, third.refs)
    third.refs.clear()
    deliver_between(world, borrower, third)
    borrower.reply(0, borrower.refs)
    borrower.refs.clear()
    deliver_between(world, borrower, third)
    third.go_on()
    deliver_between(world, borrower, third)
    borrower.go_on()
    deliver_between(world, owner, borrower)  # Nothing of the borrower's end: it still holds.
    assert world.exists(object_id)
    world.deliver_all()
    assert world.exists(object_id)
    third.refs.clear()
    world.deliver_all()
    assert not world.exists(object_id)


def test_a_dead_process_holds_nothing_and_what_it_owned_is_lost():
    world, owner, borrower, third = three()
    object_id = lent(world, owner, borrower)
    world.kill(borrower.worker_id)
    world.deliver_all()
    assert not world.exists(object_id)
    lent(world, owner, third)
    world.kill(owner.worker_id)
    world.deliver_all()
    assert third.refs[0].has_failed()
