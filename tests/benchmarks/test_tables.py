"""The tables, the picture, and the places in the pages that they are written to."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks import outgrowing
from benchmarks.machine import disturbance
from benchmarks.measures import BY_KEY, MEASURES
from benchmarks.pages import MarkerMissingError, fill, filled
from benchmarks.plot import HOLLOW, SHAPES, Axis, apart, picture
from benchmarks.results import Results, load, save
from benchmarks.rounds import ROOT
from benchmarks.systems import PEERS, SYSTEMS, has
from benchmarks.table import full_table, headline_table
from benchmarks.verdicts import Samples


@pytest.fixture
def samples() -> Samples:
    """Five rounds of everything: raylite 100, each peer a tenth, where it has such a thing."""
    found = Samples({})
    for system in SYSTEMS.values():
        for measure in MEASURES:
            for number in range(5):
                if has(system, measure.key):
                    better = measure.unit.more_is_better == (system.key == "raylite")
                    found.add(system.key, measure.key, number, [100.0 if better else 10.0])
    return found


def row_of(table: str, title: str) -> list[str]:
    line = next(line for line in table.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_every_row_has_a_cell_for_each_column(samples):
    lines = [line for line in full_table(samples).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {4 + len(PEERS) + 1}
    assert len(lines) >= 2 + len(MEASURES)


def test_a_cell_tells_the_figure_and_how_many_times_better_raylite_is(samples):
    row = row_of(full_table(samples), BY_KEY["actor_calls_pipelined"].title)
    assert row[1:5] == ["100/s", "100/s to 100/s", ">= 10x Ray: met, 100 %", "10/s · 10.0x"]


def test_an_empty_cell_has_a_footnote_and_equal_reasons_share_one(samples):
    table = full_table(samples)
    row = row_of(table, BY_KEY["pool_map"].title)
    places = [4 + list(SYSTEMS).index(key) - 1 for key in ("dask", "xoscar", "ipyparallel")]
    assert len({row[place] for place in places}) == 1
    number = row[places[0]].removeprefix("<sup>").removesuffix("</sup>")
    assert f"\n{number}. There is no pool of actors." in table


def test_a_peer_that_was_not_measured_has_no_column(samples):
    del samples.by_system["dask"]
    assert "Dask" not in full_table(samples)
    assert "Dask" not in headline_table(samples)


def test_a_row_that_raylite_has_not_is_left_out(samples):
    measure = BY_KEY["wait_1000"]
    del samples.by_system["raylite"][measure.key]
    assert measure.title not in full_table(samples)
    assert measure.headline not in headline_table(samples)


def test_what_scatters_is_called_unsteady_and_has_no_verdict():
    samples, measure = Samples({}), BY_KEY["actor_calls_pipelined"]
    for number, ours in enumerate([50.0, 90.0, 100.0, 140.0, 200.0]):
        samples.add("raylite", measure.key, number, [ours])
        samples.add("ray", measure.key, number, [10.0])
    row = row_of(full_table(samples), measure.title)
    assert row[2:5] == [
        "50/s to 200/s (unsteady)",
        ">= 10x Ray: undecided, 50 % to 200 %",
        "10/s · ~10.0x",
    ]


def test_one_round_has_neither_spread_nor_verdict():
    samples, measure = Samples({}), BY_KEY["actor_calls_pipelined"]
    samples.add("raylite", measure.key, 0, [100.0])
    assert row_of(full_table(samples), measure.title)[2:4] == [
        "one round",
        ">= 10x Ray as recorded: 0 %, too few rounds for a verdict",
    ]


def test_programs_that_failed_are_named_below_the_table(samples):
    assert full_table(samples, ["calls of Ray"]).endswith(
        "No figures, since it failed: calls of Ray."
    )


def test_every_empty_cell_and_every_remark_is_about_a_row_that_there_is():
    for system in SYSTEMS.values():
        assert {*system.empty, *system.remarks} <= set(BY_KEY)
        assert not set(system.empty) & set(system.remarks)


def test_the_picture_is_well_formed_and_shows_each_system(samples):
    root = ET.fromstring(picture(samples))
    drawn = [element.get("class") for element in root.iter() if element.tag.endswith("path")]
    headlines = [measure for measure in MEASURES if measure.headline]
    for system in PEERS:
        rows = [measure for measure in headlines if has(system, measure.key)]
        # One mark for each row, and one in the legend.
        assert drawn.count(system.key) == len(rows) + 1
    assert set(SHAPES) == {system.key for system in PEERS} >= set(HOLLOW)


def test_an_empty_measurement_is_an_empty_picture():
    ET.fromstring(picture(Samples({})))


def test_equal_steps_of_the_axis_are_equal_factors():
    axis = Axis(-2, 1)
    assert axis.x(0.1) - axis.x(0.01) == pytest.approx(axis.x(10) - axis.x(1))
    assert axis.x(1e-9) == axis.x(0.01)


def test_text_goes_between_its_markers():
    page = "a\n<!-- benchmark: t -->\nold\n<!-- benchmark: end of t -->\nb\n"
    assert filled(page, "t", "new\n") == page.replace("old", "new")


@pytest.mark.parametrize(
    "page",
    [
        "nothing",
        "<!-- benchmark: t -->",
        "<!-- benchmark: end of t --><!-- benchmark: t -->",
        "<!-- benchmark: t --><!-- benchmark: t --><!-- benchmark: end of t -->",
    ],
)
def test_a_page_without_its_markers_is_not_written(page, tmp_path):
    path = tmp_path / "page.md"
    path.write_text(page)
    with pytest.raises(MarkerMissingError, match=r"page\.md.*benchmark: t"):
        fill(path, {"t": "new"})
    assert path.read_text() == page


def test_the_pages_of_the_project_have_their_markers():
    performance = (ROOT / "docs/performance.md").read_text()
    filled(filled(performance, "machine", ""), "table", "")
    filled((ROOT / "README.md").read_text(), "table", "")
    filled((ROOT / "docs/outgrowing.md").read_text(), "outgrowing", "")


def test_the_page_on_leaving_has_its_rows_for_both(samples, tmp_path, capsys):
    save(Results(samples=samples, notes=["a line"], failures={}), tmp_path / "samples.json")
    assert outgrowing.main(["--load", str(tmp_path / "samples.json")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a line\n\n| | raylite | Ray |")
    assert [title for title in outgrowing.ROWS.values() if f"| {title} |" in out] == [
        *outgrowing.ROWS.values()
    ]


def test_samples_survive_their_file(samples, tmp_path):
    results = Results(samples=samples, notes=["a line"], failures={"calls of Ray": "why"})
    save(results, tmp_path / "samples.json")
    again = load(tmp_path / "samples.json")
    assert (again.samples, again.notes, again.failures) == (
        samples,
        results.notes,
        results.failures,
    )


def test_another_file_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(ValueError, match="not what --json has written"):
        load(tmp_path / "other.json")


def test_other_work_is_told_and_its_weight():
    assert disturbance([], 0.0) == ""
    assert "other work used 2 % of the CPUs (at most 3 %)." in disturbance([0.01, 0.02, 0.03], 0.0)
    assert "only" not in disturbance([0.02], 0.0)
    assert "ratios count" in disturbance([0.5], 0.0)
    assert "the host kept 20 %" in disturbance([0.0], 0.2)
    assert "ratios count" in disturbance([0.0], 0.2)


def test_marks_at_the_same_place_are_set_apart_up_and_down():
    offsets = apart({"ray": 100.0, "dask": 101.0, "loky": 300.0})
    assert offsets["loky"] == 0
    assert offsets["ray"] == -offsets["dask"] != 0
