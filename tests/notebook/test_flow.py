# mypy: disable-error-code="attr-defined"
"""``creation_flow``, ``submission_flow``, ``trace``, ``%%trace``: what they take and say."""

import pytest
from IPython.core.error import UsageError

import raylite
from raylite import _engine
from raylite._flows import creation_flow, submission_flow, trace
from raylite._saved_events import load_events, save_events
from raylite.notebook.flow.model import FlowView
from tests.processes import wait_until

CELL = """%%trace
@ray.remote
class Counter:
    def __init__(self):
        self.n = 0
    def add(self):
        self.n += 1
        return self.n

counter = Counter.remote()
refs = [counter.add.remote() for _ in range(3)]
ray.get(refs)
"""


@pytest.fixture
def counter(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.n = 0

        def add(self, by=1):
            self.n += by
            return self.n

    return Counter.remote()


def steps(flow) -> str:
    shown = flow.shown
    assert isinstance(shown, FlowView)
    return " ".join(step.text for step in shown.steps)


def test_a_creation_flow_is_found_by_handle_name_class_and_id(ray) -> None:
    @ray.remote
    class Teller:
        def ready(self):
            return True

    teller = Teller.options(name="ann").remote()
    ray.get(teller.ready.remote())
    for actor in (teller, "ann", "Teller", teller._ray_actor_id[:8]):
        flow = creation_flow(actor)
        assert "registers the actor Teller “ann”" in steps(flow)
        assert "How Teller “ann” was created" in repr(flow)


def test_a_submission_flow_shows_the_last_calls_or_those_of_refs(ray, counter) -> None:
    refs = [counter.add.remote() for _ in range(5)]
    ray.get(refs)
    flow = submission_flow(counter, last=2)
    assert "5 calls" in repr(flow)
    assert "3 earlier calls are not drawn" in repr(flow)
    assert "1 call\n" in repr(submission_flow(refs[0]))
    assert "3 calls\n" in repr(submission_flow(refs[:3]))


def test_a_flow_can_be_had_as_svg_and_as_html(ray, counter) -> None:
    ray.get(counter.add.remote())
    flow = creation_flow(counter)
    assert flow.svg().startswith("<svg xmlns=")
    bundle = flow.static_bundle()
    assert "data:image/svg+xml" in bundle["text/html"]
    assert bundle["text/plain"] == repr(flow)


def test_a_handle_of_a_session_that_is_over_has_a_flow_that_says_so(ray, counter) -> None:
    ray.get(counter.add.remote())
    ray.shutdown()
    assert "Nothing is known of this actor here" in repr(creation_flow(counter))
    assert "No call was made so far" in repr(submission_flow(counter))
    assert not raylite.is_initialized()


def test_a_flow_goes_on_when_its_session_has_ended(ray, counter) -> None:
    ray.get(counter.add.remote())
    flow = creation_flow(counter)
    ray.shutdown()
    flow.freeze("over")
    flow.freeze("over")
    assert flow.is_frozen
    assert "registers the actor" in steps(flow)


@pytest.mark.parametrize("what", [7, None, object(), ["a", 1], []])
def test_what_is_no_actor_is_refused_in_a_sentence(ray, what) -> None:
    with pytest.raises(TypeError, match="takes an actor's handle, its name, its class or its id"):
        creation_flow(what)
    with pytest.raises(TypeError, match="takes an actor's handle"):
        submission_flow(what)


def test_a_name_that_no_actor_has_is_refused_with_those_there_are(ray, counter) -> None:
    ray.get(counter.add.remote())
    with pytest.raises(ValueError, match=r"class or id\. There are: Counter"):
        creation_flow("Till")


def test_without_a_session_a_name_is_refused_with_what_to_do() -> None:
    for function in (creation_flow, submission_flow):
        with pytest.raises(ValueError, match=r"There is no session: raylite\.init\(\) starts one"):
            function("ann")


def test_an_actor_that_has_no_process_has_no_address(ray) -> None:
    @ray.remote
    class Busy:
        def ready(self):
            return True

    holder = Busy.options(num_cpus=2).remote()
    ray.get(holder.ready.remote())
    waiting = Busy.options(num_cpus=1).remote()
    ref = waiting.ready.remote()
    wait_until(lambda: "1 not ended yet" in repr(submission_flow(waiting)), 10)
    assert "The actor has no process, so there is no address" in repr(submission_flow(waiting))
    ray.kill(holder)
    assert ray.get(ref)


@pytest.mark.parametrize("last", [0, 251, True, 1.5, "3"])
def test_a_number_of_calls_has_to_be_one(ray, counter, last) -> None:
    with pytest.raises(ValueError, match="a number of calls from 1 to 250"):
        submission_flow(counter, last=last)


def test_what_is_no_saved_log_is_refused(ray, counter) -> None:
    with pytest.raises(TypeError, match=r"what raylite\.load_events"):
        creation_flow(counter, events="events.json")


def test_a_saved_log_gives_the_same_flows_when_the_session_is_over(ray, counter, tmp_path) -> None:
    ray.get([counter.add.remote() for _ in range(3)])
    before = creation_flow(counter)
    save_events(tmp_path / "events.json")
    ray.shutdown()
    saved = load_events(tmp_path / "events.json")
    after = creation_flow("Counter", events=saved)
    assert steps(after) == steps(before)
    assert "3 calls" in repr(submission_flow(counter, events=saved))


def test_a_trace_has_the_actors_and_calls_of_its_block_and_no_others(ray, counter) -> None:
    ray.get(counter.add.remote())
    with trace() as found:
        ray.get([counter.add.remote() for _ in range(2)])
    ray.get(counter.add.remote())
    assert "0 actors created, 2 calls ended" in found.summary()
    assert found.creation_flows() == []
    assert "2 calls" in repr(found.flow())
    assert "as call 2" in repr(found)


def test_a_trace_of_a_block_that_raises_is_whole_and_the_error_is_the_blocks(ray, counter) -> None:
    found = trace()

    def divide() -> None:
        with found:
            ray.get(counter.add.remote())
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        divide()
    assert "1 call ended" in found.summary()


def test_without_a_session_a_trace_says_that_nothing_was_recorded() -> None:
    with trace() as found:
        pass
    assert repr(found) == "There was no session, so there is nothing to show."
    assert not raylite.is_initialized()


def test_a_trace_of_a_block_that_ends_its_session_has_what_it_did(ray, counter) -> None:
    with trace() as found:
        ray.get([counter.add.remote() for _ in range(3)])
        ray.shutdown()
    assert "3 calls ended" in repr(found)
    assert "3 calls\n" in repr(found.flow())
    assert "3 calls on" in repr(found.timeline())


def test_a_trace_of_a_block_whose_session_ends_by_itself_says_so(ray, counter, monkeypatch) -> None:
    with trace() as found:
        ray.get(counter.add.remote())
        monkeypatch.setattr(_engine.get_or_none(), "over", True)
    assert "no session any more" in repr(found)
    assert found.creation_flows() == []


def test_what_a_trace_shows_is_there_when_the_session_is_over(ray, counter) -> None:
    with trace() as found:
        ray.get(counter.add.remote())
    ray.shutdown()
    assert "1 call\n" in repr(found.flow())
    assert "1 call ended" in repr(found)


def test_a_trace_has_a_timeline(ray, counter) -> None:
    with trace() as found:
        ray.get(counter.add.remote())
    assert "<svg" in found.timeline().svg()


def test_the_magic_shows_the_flows_and_then_the_cells_own_result(ray_shell, capsys) -> None:
    found = ray_shell.run_cell(CELL)
    assert found.result == [1, 2, 3]
    said = capsys.readouterr().out
    assert "1 actor created, 3 calls ended" in said
    assert "How Counter was created" in said
    assert said.index("Calls of this block") < said.index("[1, 2, 3]")
    assert "_raylite_trace_result" not in ray_shell.user_ns


def test_the_magic_shows_what_was_done_before_the_cell_raised(ray_shell, capsys) -> None:
    ray_shell.run_cell(CELL)
    capsys.readouterr()
    found = ray_shell.run_cell("%%trace\nray.get(counter.add.remote())\n1 / 0")
    assert isinstance(found.error_in_exec, ZeroDivisionError)
    said = capsys.readouterr().out
    assert "1 call ended" in said
    assert said.index("1 call ended") < said.index("ZeroDivisionError")


def test_the_magic_keeps_its_trace_and_says_nothing_behind_a_semicolon(ray_shell, capsys) -> None:
    ray_shell.run_cell(CELL)
    found = ray_shell.run_cell("%%trace --as seen\nray.get(counter.add.remote());")
    assert found.result is None
    assert "1 call ended" in ray_shell.user_ns["seen"].summary()


def test_the_magic_refuses_what_it_does_not_know_in_one_sentence(ray_shell) -> None:
    error = ray_shell.run_cell("%%trace --into x\n1").error_in_exec
    assert type(error) is UsageError
    assert "\n" not in str(error)


def test_the_magic_says_how_a_cell_that_awaits_is_traced(ray_shell, capsys) -> None:
    found = ray_shell.run_cell("%%trace\nimport asyncio\nawait asyncio.sleep(0)")
    assert not found.success
    said = capsys.readouterr().out
    assert "'await' outside function" in said
    assert "with raylite.trace() as t:" in said


def test_in_a_kernel_a_cell_that_awaits_is_traced_by_a_with(run_notebook) -> None:
    setup = "import raylite as ray\nray.init(num_cpus=1)\n@ray.remote\ndef f():\n    return 7"
    cells = run_notebook(
        setup, "with ray.trace() as t:\n    x = await f.remote()", "x, t.summary()"
    )
    assert "(7, " in cells[2].outputs[0].data["text/plain"]
    assert "1 call ended" in cells[2].outputs[0].data["text/plain"]


def test_in_a_kernel_a_trace_is_pictures_that_stay_in_the_notebook(run_notebook) -> None:
    setup = "import raylite as ray\nray.init(num_cpus=2)\n%load_ext raylite"
    cells = run_notebook(setup, CELL, "ray.shutdown()")
    outputs = cells[1].outputs
    html = "".join(one.data.get("text/html", "") for one in outputs if "data" in one)
    assert html.count("data:image/svg+xml") >= 2
    assert "How Counter was created" in html
    assert "application/vnd.jupyter.widget-view+json" not in str(outputs)
    assert outputs[-1].data["text/plain"] == "[1, 2, 3]"
