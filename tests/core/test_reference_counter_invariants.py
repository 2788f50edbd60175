"""Any order of borrows, releases and deaths: who is counted, and what is kept."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from raylite._core.common.ids import ObjectID, WorkerID
from raylite._core.core_worker.reference_counter import ReferenceCounter

objects = st.sampled_from([ObjectID(bytes([n])) for n in range(3)])
borrowers = st.sampled_from([WorkerID(name) for name in ("ann", "bob", "cec")])


class AnyOrder(RuleBasedStateMachine):
    """Borrowers that come and go, and a list on paper of what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.counter: ReferenceCounter[bytes] = ReferenceCounter()
        self.held: Counter[tuple[ObjectID, WorkerID]] = Counter()

    @rule(what=objects, who=borrowers)
    def borrow(self, what: ObjectID, who: WorkerID) -> None:
        self.counter.add_borrower(what, who, bytes(what))
        self.held[what, who] += 1

    @rule(what=objects, who=borrowers)
    def release(self, what: ObjectID, who: WorkerID) -> None:
        self.counter.remove_borrower(what, who)
        self.held[what, who] = max(self.held[what, who] - 1, 0)

    @rule(who=borrowers)
    def die(self, who: WorkerID) -> None:
        self.counter.borrower_died(who)
        for what, holder in list(self.held):
            if holder == who:
                del self.held[what, holder]

    @invariant()
    def an_object_is_kept_while_anybody_holds_it(self) -> None:
        kept = {what for (what, _), count in self.held.items() if count}
        assert self.counter.num_kept() == len(kept)
        for what in (ObjectID(bytes([n])) for n in range(3)):
            assert self.counter.kept(what) == (bytes(what) if what in kept else None)
            holders = {who for (held, who), count in self.held.items() if count and held == what}
            assert self.counter.borrowers(what) == holders


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_any_order = AnyOrder.TestCase
