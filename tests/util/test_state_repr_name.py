# mypy: disable-error-code="attr-defined, union-attr"
"""What an actor says of itself stands in its row, as in Ray: what it said when it was made."""

from raylite.util.state import get_actor, list_actors


def test_an_actor_has_the_name_that_its_own_repr_gave_it_when_it_was_made(ray):
    @ray.remote
    class Till:
        def __init__(self, number):
            self.number = number

        def __repr__(self):
            return f"Till {1 // self.number}" if self.number < 2 else "x" * 5_000

    @ray.remote
    class Plain:
        pass

    one, broken, long, plain = Till.remote(1), Till.remote(0), Till.remote(2), Plain.remote()
    ray.get([actor.__ray_ready__.remote() for actor in (one, broken, long, plain)])
    names = [get_actor(actor._actor_id.hex()).repr_name for actor in (one, broken, long, plain)]
    assert names == ["Till 1", "", "x" * 1_000, ""]
    assert len(list_actors(filters=[("repr_name", "=", "Till 1")])) == 1


def test_it_is_a_detail_that_is_not_asked_anew(ray):
    @ray.remote
    class Sign:
        def __init__(self):
            self.text = "before"

        def __repr__(self):
            return self.text

        def change(self):
            self.text = "after"

    sign = Sign.remote()
    ray.get(sign.change.remote())
    assert get_actor(sign._actor_id.hex()).repr_name == "before"
    (row,) = list_actors(filters=[("actor_id", "=", sign._actor_id.hex())])
    assert row.repr_name is None
