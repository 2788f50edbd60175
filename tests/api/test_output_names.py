"""Under which name a worker prints, whatever the user's ``__repr__`` does."""

import pytest


@pytest.mark.parametrize(
    ("returned", "name"),
    [
        ("Account 5", "Account 5"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("red \x1b[31m\nand more", "red ?[31m"),
        ("y" * 1000, "y" * 57 + "..."),
        ("", "Named"),
        (5, "Named"),
    ],
)
def test_an_actor_prints_under_its_own_repr(ray, seen, returned, name):
    class Named:
        def __repr__(self) -> str:
            return returned

        def hi(self) -> None:
            print("hi")

    ray.get(ray.remote(Named).remote().hi.remote())
    assert seen.of() == [(0, name, "hi")]


def test_an_actor_whose_repr_raises_prints_under_its_class(ray, seen):
    class Broken:
        def __repr__(self) -> str:
            msg = "no"
            raise ValueError(msg)

        def hi(self) -> None:
            print("hi")

    ray.get(ray.remote(Broken).remote().hi.remote())
    assert seen.of() == [(0, "Broken", "hi")]


def test_a_task_prints_under_the_name_it_was_given(ray, seen):
    @ray.remote
    def task() -> None:
        print("hi")

    ray.get(task.options(name="the other").remote())
    ray.get(task.remote())
    assert [name for _, name, _ in seen.of()] == ["the other", "task"]
