"""``raylite start``, ``raylite status`` and ``raylite stop``, with real processes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from raylite import cli
from raylite._core.node import head_process, runtime_address, runtime_start, runtime_visit
from raylite._core.node.session_folder import remove_folders, runtime_folder
from raylite.engines import local_runtime
from tests.conftest import nothing_left
from tests.drivers import ROOT, assert_end, driver, is_alive
from tests.processes import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _all_is_gone_afterwards(mark):
    with nothing_left(mark):
        yield
        cli.main(["stop", "--force"])


def address() -> runtime_address.RuntimeAddress:
    found = runtime_address.find(runtime_folder())
    assert found is not None
    return found


def head() -> psutil.Process:
    return psutil.Process(address().pid)


def everything() -> set[psutil.Process]:
    return {head(), *head().children(recursive=True)}


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def command(*argv: str) -> list[str]:
    return [sys.executable, "-m", "raylite", *argv]


class TestStart:
    def test_it_returns_when_programs_can_join_and_says_how(self):
        # A pipe that the runtime kept open would let this wait for its end.
        done = subprocess.run(
            command("start", "--head", "--num-cpus", "3", "--resources", '{"camera": 1}'),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(),
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "3 CPU, 1 camera" in done.stdout
        for word in ("ray.init()", "raylite status", "raylite stop", runtime_folder()):
            assert word in done.stdout
        assert is_alive(head())

    def test_its_files_are_for_its_user_alone(self):
        assert cli.main(["start", "--head"]) == 0
        session = address().session
        for folder in (runtime_folder(), session.folder, session.shm_folder):
            assert Path(folder).stat().st_mode & 0o777 == 0o700
        assert (Path(runtime_folder()) / "address").stat().st_mode & 0o777 == 0o600

    def test_a_second_one_is_refused_and_the_first_lives_on(self, capsys):
        assert cli.main(["start", "--head"]) == 0
        first = head()
        assert cli.main(["start", "--head"]) == 1
        assert f"process {first.pid}, is running already" in capsys.readouterr().err
        assert head() == first

    def test_of_two_at_once_one_comes_up(self):
        both = [
            subprocess.Popen(
                command("start", "--head"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
            for _ in range(2)
        ]
        assert sorted(process.wait(60) for process in both) == [0, 1]
        assert is_alive(head())

    @pytest.mark.parametrize(
        ("argv", "word"),
        [
            (["start"], "raylite start --head"),
            (["start", "--address", "10.0.0.1:6379"], "raylite start --head"),
            (["start", "--head", "--num-cpus", "-1"], "from 0 on"),
            (["start", "--head", "--num-cpus", "many"], "from 0 on"),
            (["start", "--head", "--resources", "{camera: 1}"], "no JSON"),
            (["start", "--head", "--resources", "[1]"], "dictionary"),
            (["start", "--head", "--labels", "zone"], "KEY=VALUE"),
            (["start", "--head", "--labels", "zone=a b"], "zone"),
            (["start", "--head", "--resources", '{"CPU": 1}'], "num_cpus"),
            (["start", "--head", "--resources", '{"camera": -1}'], "below zero"),
            (["begin"], "invalid choice"),
            ([], "COMMAND"),
        ],
    )
    def test_bad_input_is_answered_in_a_sentence(self, argv, word, capsys):
        with pytest.raises(SystemExit) as end:
            sys.exit(cli.main(argv))
        assert end.value.code in {1, 2}
        said = capsys.readouterr().err
        assert word in said
        assert "Traceback" not in said
        assert not Path(runtime_folder()).exists()

    def test_options_of_ray_that_mean_nothing_here_are_named(self, capsys):
        assert cli.main(["start", "--head", "--port=6379", "--disable-usage-stats"]) == 0
        assert "--port, --disable-usage-stats" in capsys.readouterr().err

    def test_a_head_that_does_not_come_up_is_an_error_with_its_last_words(
        self, monkeypatch, capsys
    ):
        monkeypatch.setattr(head_process, "_START", "raise SystemExit('no luck today')")
        assert cli.main(["start", "--head"]) == 1
        assert "no luck today" in capsys.readouterr().err

    def test_a_folder_that_others_may_enter_is_refused(self, capsys):
        folder = Path(runtime_folder())
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        try:
            assert cli.main(["start", "--head"]) == 1
            assert "not a folder of yours alone" in capsys.readouterr().err
        finally:
            folder.rmdir()

    def test_ctrl_c_while_it_starts_leaves_nothing(self, monkeypatch, capsys):
        def interrupt(_folder):
            raise KeyboardInterrupt

        monkeypatch.setattr(runtime_start, "find", interrupt)
        assert cli.main(["start", "--head"]) == 130
        assert "interrupted" in capsys.readouterr().err
        assert not Path(runtime_folder()).exists()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_with_block_it_ends_with_the_command(self, number):
        with subprocess.Popen(
            command("start", "--head", "--block"),
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        ) as blocked:
            assert blocked.stdout is not None
            assert any("raylite stop" in line for line in iter(blocked.stdout.readline, ""))
            processes = everything()
            blocked.send_signal(number)
            assert blocked.wait(30) == 0
        assert_end(processes)


class TestStatus:
    def test_it_says_that_nothing_runs(self, capsys):
        assert cli.main(["status"]) == 1
        assert "raylite start --head" in capsys.readouterr().out

    def test_it_shows_resources_nodes_drivers_and_actors(self, tmp_path, capsys):
        options = ["--num-cpus=3", "--num-gpus=1", "--memory=4294967296", "--labels=zone=b"]
        assert cli.main(["start", "--head", *options]) == 0
        script = """
ray.init(namespace="lab")
counter = Counter.options(name="tally", num_cpus=1).remote()
say("count", ray.get(counter.add.remote()))
say("labels", ray.nodes()[0]["Labels"]["zone"])
wait_for_the_test()
"""
        with driver(script, tmp_path) as running:
            assert running.hear("labels") == "b"
            capsys.readouterr()
            assert cli.main(["status"]) == 0
            shown = capsys.readouterr().out
            running.tell()
            assert running.wait() == 0
        assert re.search(r"CPU +1 +3\n", shown)
        assert re.search(r"alive +3 CPU, 1 GPU, 4.0 GiB memory", shown)
        assert re.search(rf"01000000 +{running.popen.pid} +lab +\d+ s +.*driver\.py\n", shown)
        assert re.search(r"Counter +tally +lab +ALIVE +\d+ +0 +", shown)
        cli.main(["status"])
        shown = capsys.readouterr().out
        assert "tally" not in shown
        assert "1 that has ended" in shown

    def test_every_help_text_can_be_read(self, capsys):
        for argv in ([], ["start"], ["status"], ["stop"]):
            with pytest.raises(SystemExit) as end:
                cli.main([*argv, "--help"])
            assert end.value.code == 0
            assert len(capsys.readouterr().out.splitlines()) > 8


class TestStop:
    def test_nothing_to_stop_is_no_error(self, capsys):
        assert cli.main(["stop"]) == 0
        assert cli.main(["stop", "--force"]) == 0
        assert capsys.readouterr().out.count("No raylite runtime is running.") == 2

    @pytest.mark.parametrize("options", [[], ["--force"]])
    def test_nothing_is_left_when_it_returns(self, options, tmp_path):
        assert cli.main(["start", "--head"]) == 0
        script = """
ray.init()
counter = Counter.options(lifetime="detached", name="c").remote()
ray.get(counter.start_child.remote(start_new_session=True))
busy = Counter.remote()
ray.get(busy.add.remote())
never = busy.be_busy_in_c.remote()
say("ready")
try:
    ray.get(never)
except ray.exceptions.RaySystemError:
    say("over", ray.is_initialized())
"""
        with driver(script, tmp_path) as running:
            running.hear("ready")
            session = address().session
            processes = everything()
            assert len(processes) >= 5
            assert cli.main(["stop", *options]) == 0
            assert not {process for process in processes if is_alive(process)}
            for folder in (runtime_folder(), session.folder, session.shm_folder):
                assert not Path(folder).exists()
            assert running.hear("over") is False

    def test_a_session_of_a_program_of_its_own_is_left_alone(self, tmp_path):
        assert cli.main(["start", "--head"]) == 0
        script = """
ray.init(address="local", num_cpus=1)
counter = Counter.remote()
say("count", ray.get(counter.add.remote()))
wait_for_the_test()
say("count", ray.get(counter.add.remote()))
"""
        with driver(script, tmp_path) as running:
            assert running.hear("count") == 1
            assert cli.main(["stop"]) == 0
            running.tell()
            assert running.hear("count") == 2

    def test_a_head_that_hangs_is_said_so_and_ended_by_force(self, monkeypatch, capsys):
        monkeypatch.setattr(runtime_visit, "_ANSWER_S", 0.2)
        assert cli.main(["start", "--head"]) == 0
        processes = everything()
        head().suspend()
        assert cli.main(["status"]) == 1
        assert "does not answer" in capsys.readouterr().err
        assert cli.main(["stop"]) == 1
        assert "raylite stop --force" in capsys.readouterr().err
        assert cli.main(["stop", "--force"]) == 0
        assert_end(processes)


class TestCrashes:
    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_a_head_that_is_killed_takes_everything_with_it(self, number, capsys):
        assert cli.main(["start", "--head"]) == 0
        processes = everything()
        head().send_signal(number)
        assert_end(processes)
        wait_until(lambda: not Path(runtime_folder()).exists())
        assert cli.main(["status"]) == 1
        assert cli.main(["start", "--head"]) == 0
        assert cli.main(["stop"]) == 0

    @pytest.mark.parametrize("then", ["status", "stop", "start"])
    def test_what_a_runtime_left_behind_that_was_killed_whole_is_no_obstacle(self, then):
        assert cli.main(["start", "--head"]) == 0
        session = address().session
        processes = everything()
        for process in processes:
            process.suspend()
        for process in processes:
            process.kill()
        assert_end(processes)
        assert Path(runtime_folder()).exists()
        if then == "start":
            assert cli.main(["start", "--head"]) == 0
            assert cli.main(["stop"]) == 0
        else:
            assert cli.main([then]) == (1 if then == "status" else 0)
        assert not Path(runtime_folder()).exists()
        # The session's own folders go with the next session's sweep.
        remove_folders(session)

    def test_the_fork_server_may_be_killed(self, tmp_path):
        assert cli.main(["start", "--head"]) == 0
        [fork_server] = head().children()
        fork_server.kill()
        assert_end({fork_server})
        script = 'ray.init(); say("count", ray.get(Counter.remote().add.remote()))'
        with driver(script, tmp_path) as running:
            assert running.hear("count") == 1
        assert local_runtime.find(None) is not None
