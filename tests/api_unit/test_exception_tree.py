import pickle

import pytest

from raylite import exceptions

RAYS_TREE = {
    "ActorAlreadyExistsError": ("ValueError", "RayError"),
    "ActorDiedError": ("RayActorError",),
    "ActorHandleNotFoundError": ("ValueError", "RayError"),
    "ActorPlacementGroupRemoved": ("RayError",),
    "ActorUnavailableError": ("RayActorError",),
    "ActorUnschedulableError": ("RayError",),
    "AsyncioActorExit": ("RayError",),
    "AuthenticationError": ("RayError",),
    "CrossLanguageError": ("RayError",),
    "GetTimeoutError": ("RayError", "TimeoutError"),
    "LocalRayletDiedError": ("RayError",),
    "NodeDiedError": ("RayError",),
    "ObjectFetchTimedOutError": ("ObjectLostError",),
    "ObjectFreedError": ("ObjectLostError",),
    "ObjectLostError": ("RayError",),
    "ObjectReconstructionFailedError": ("ObjectLostError",),
    "ObjectRefStreamEndOfStreamError": ("RayError",),
    "ObjectStoreFullError": ("RayError",),
    "OufOfBandObjectRefSerializationException": ("RayError",),
    "OutOfDiskError": ("RayError",),
    "OutOfMemoryError": ("RayError",),
    "OwnerDiedError": ("ObjectLostError",),
    "PendingCallsLimitExceeded": ("RayError",),
    "PlasmaObjectNotAvailable": ("RayError",),
    "RayActorError": ("RayError",),
    "RayCgraphCapacityExceeded": ("RaySystemError",),
    "RayChannelError": ("RaySystemError",),
    "RayChannelTimeoutError": ("RayChannelError", "TimeoutError"),
    "RayDirectTransportError": ("RaySystemError",),
    "RayError": ("Exception",),
    "RaySystemError": ("RayError",),
    "RayTaskError": ("RayError",),
    "ReferenceCountingAssertionError": ("ObjectLostError", "AssertionError"),
    "RpcError": ("RayError",),
    "RuntimeEnvSetupError": ("RayError",),
    "StreamingGeneratorReplayInconsistentError": ("RaySystemError",),
    "TaskCancelledError": ("RayError",),
    "TaskPlacementGroupRemoved": ("RayError",),
    "TaskUnschedulableError": ("RayError",),
    "UnserializableException": ("RayError",),
    "UserCodeException": ("RayError",),
    "WorkerCrashedError": ("RayError",),
}


def test_the_names_are_those_of_ray():
    assert sorted(exceptions.__all__) == sorted(RAYS_TREE)


@pytest.mark.parametrize("name", sorted(RAYS_TREE))
def test_an_exception_has_the_public_bases_it_has_in_ray(name):
    bases = getattr(exceptions, name).__mro__[1:]
    public = [base.__name__ for base in bases if not base.__name__.startswith("_")]
    expected = RAYS_TREE[name]
    # A helper between two classes of the tree is no class of the tree.
    assert public[0] == expected[0]
    assert set(expected) <= set(public)


@pytest.mark.parametrize("name", sorted(RAYS_TREE))
def test_an_exception_says_it_lives_in_raylite_exceptions(name):
    assert getattr(exceptions, name).__module__ == "raylite.exceptions"


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ActorDiedError(reason="It was killed.", class_name="A", actor_id="ab", pid=7),
        exceptions.ActorUnavailableError("It restarts.", "ab"),
        exceptions.GetTimeoutError("not ready"),
        exceptions.OwnerDiedError(),
        exceptions.RayActorError("ab", "no answer"),
        exceptions.UnserializableException("the remote text"),
        exceptions.WorkerCrashedError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_survives_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


def test_a_dead_actor_says_which_it_was_and_why():
    error = exceptions.ActorDiedError(reason="It was killed.", class_name="A", actor_id="ab", pid=7)
    assert str(error).splitlines() == [
        "The actor died unexpectedly before finishing this call.",
        "\tclass_name: A",
        "\tactor_id: ab",
        "\tpid: 7",
        "It was killed.",
    ]
    assert error.actor_id == "ab"


def test_an_unavailable_actor_says_how_to_have_calls_retried():
    assert "max_task_retries=-1" in str(exceptions.ActorUnavailableError("It restarts.", "ab"))


def test_an_error_without_a_text_has_one():
    assert "max_retries" in str(exceptions.WorkerCrashedError())
    assert str(exceptions.WorkerCrashedError("other")) == "other"


def test_the_wish_of_an_actor_to_end_is_not_caught_as_an_exception_or_a_system_exit():
    assert not issubclass(exceptions.ActorExit, Exception | SystemExit)
