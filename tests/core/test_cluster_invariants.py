"""Any order of messages to several nodes: every request is in one place, or answered once."""

from hypothesis import settings
from hypothesis.stateful import invariant

from raylite._core.common.events import LeaseStateChanged
from raylite._core.common.ids import LeaseID, WorkerID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import LEASE_TRANSITIONS, LeaseState, WorkerState
from tests.core.cluster_machine import DRIVERS, GROUPS, HEAD_TOTAL, ClusterMachine
from tests.core.raylet_checks import check_books, pending_that_fit


class AnyOrder(ClusterMachine):
    """What must hold after every message, whatever came before."""

    @invariant()
    def nothing_is_lost_or_given_out_twice(self) -> None:
        for raylet in self.raylets():
            check_books(raylet)
        assert self.manager.total == sum(self.nodes.values(), ResourceSet())
        assert [node.node_id for node in self.manager.nodes()] == list(self.nodes)

    @invariant()
    def every_request_is_in_one_place_or_answered_once(self) -> None:
        views = self.manager.leases()
        assert len({view.lease_id for view in views}) == len(views)
        assert not [lease for lease, times in self.answers.items() if times > 1]
        for view in views:
            assert self.answers[view.lease_id] == (view.state is LeaseState.GRANTED)

    @invariant()
    def whatever_could_be_granted_is_granted_or_has_a_process_started_for_it(self) -> None:
        for raylet in self.raylets()[: len(self.nodes)]:
            could = pending_that_fit(raylet)
            idle = {
                view.env_key
                for view in raylet.workers()
                if view.state is WorkerState.IDLE and not view.stopping
            }
            assert not could or could[0].env_key not in idle
            assert not could or raylet.statistics().starting

    @invariant()
    def nobody_waits_where_another_place_is_better(self) -> None:
        assert self.manager._router.moves() == []
        for lease in self.manager._leases.leases():
            assert self.manager._router.choose(lease).node_id is None
            assert lease.strategy.group_id not in self.removed
        for raylet in self.raylets():
            for line in raylet.waiting_lines():
                assert all(raylet.could_hold(lease) for lease in line)

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        for view in self.manager.leases():
            if view.state is LeaseState.PENDING:
                request = self.requests[view.lease_id]
                assert request.env_key not in self.gone or request.actor_id is not None
                assert request.strategy.group_id not in self.removed

    @invariant()
    def nothing_runs_on_a_removed_node_but_what_is_being_killed(self) -> None:
        for view in self.manager.workers():
            if view.node_id not in self.nodes:
                assert view.worker_id in self.killed or view.state is WorkerState.STARTING

    @invariant()
    def every_event_follows_from_the_one_before(self) -> None:
        leases: dict[LeaseID, LeaseState] = {}
        for event in self.events:
            if isinstance(event, LeaseStateChanged):
                assert event.old is leases.get(event.lease_id)
                assert event.old is None or event.new in LEASE_TRANSITIONS[event.old]
                leases[event.lease_id] = event.new

    def teardown(self) -> None:
        """Whatever happened before: in the end nothing is left but requests for actors."""
        for group_id in GROUPS:
            self.removed.add(group_id)
            self.return_bundles(group_id, None, removed=True)
        for node_id in list(self.nodes)[1:]:
            self.removed_node(node_id)
        self.all_workers_come_up()
        for holder_id in (*DRIVERS, WorkerID("stranger")):
            self.died(holder_id)
        for view in self.manager.workers():
            self.died(view.worker_id)
        assert self.manager.workers() == []
        assert self.manager.available() == self.manager.total == HEAD_TOTAL
        assert len(self.raylets()) == 1
        for lease in self.manager.leases():
            assert lease.actor_id is not None
            assert lease.state is LeaseState.PENDING


AnyOrder.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
