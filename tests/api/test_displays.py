"""What workers display: pictures and HTML go the way of what is printed, and in its order."""

import sys


def test_what_is_displayed_comes_in_order_with_what_is_printed(ray, seen):
    @ray.remote
    def shows() -> None:
        class Bold:
            def _repr_html_(self) -> str:
                return "<b>\nbold</b>"

        print("before")
        display(Bold())  # type: ignore[name-defined]  # noqa: F821  # As in a notebook.
        print("after")

    seen.cell(4)
    ray.get(shows.remote())
    kinds = [type(message).__name__ for message in seen.messages]
    assert kinds == ["OutputLines", "Picture", "OutputLines"]
    (found,) = seen.pictures()
    assert found["data"]["text/html"] == "<b>\nbold</b>"
    assert found["what"] == "Bold"
    assert [message.origin for message in seen.messages] == [4, 4, 4]


def test_a_figure_is_a_picture_without_ipython(ray, seen):
    @ray.remote(max_calls=1)
    def plots() -> bool:
        from matplotlib import pyplot as plt

        plt.plot([1, 2, 3])
        plt.show()
        display(plt.figure())  # type: ignore[name-defined]  # noqa: F821  # As above.
        return "IPython" in sys.modules

    assert not ray.get(plots.remote())
    assert [found["what"] for found in seen.pictures()] == ["Figure", "Figure"]
    assert all(found["data"]["image/png"].startswith("iVBOR") for found in seen.pictures())


def test_ipythons_own_display_works_in_a_worker(ray, seen):
    @ray.remote
    def shows() -> None:
        from IPython.display import HTML, display

        handle = display(HTML("<i>one</i>"), display_id=True)
        handle.update(HTML("<i>two</i>"))
        display("plain", 5)

    ray.get(shows.remote())
    first, second = seen.pictures()
    assert (first["update"], second["update"]) == (False, True)
    assert first["transient"] == second["transient"]
    assert second["data"]["text/html"] == "<i>two</i>"
    assert [line for _, _, line in seen.of()] == ["'plain'", "5"]


def test_what_is_too_large_to_display_is_said(ray, seen):
    @ray.remote
    def shows() -> None:
        class Large:
            def _repr_html_(self) -> str:
                return "x" * 5_000_000

            def __repr__(self) -> str:
                return "the large one"

        display(Large())  # type: ignore[name-defined]  # noqa: F821  # As in a notebook.

    ray.get(shows.remote())
    said, plain = (line for _, _, line in seen.of())
    assert "text/html" in said
    assert "5,000,002 bytes" in said
    assert plain == "the large one"


def test_an_object_that_cannot_show_itself_raises_nothing(ray, seen):
    @ray.remote
    def shows() -> None:
        class Odd:
            def _repr_html_(self) -> str:
                msg = "no"
                raise ValueError(msg)

            def __repr__(self) -> str:
                msg = "no"
                raise ValueError(msg)

        display(Odd())  # type: ignore[name-defined]  # noqa: F821  # As in a notebook.

    ray.get(shows.remote())
    assert [line for _, _, line in seen.of()] == ["<Odd, whose __repr__ raised ValueError>"]
