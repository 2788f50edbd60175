"""CPUs are shared: a long queue of tasks does not keep everybody else out."""

# mypy: disable-error-code="attr-defined"


def test_an_actor_with_a_cpu_gets_in_between_the_tasks_of_a_long_queue(ray, tmp_path):
    @ray.remote(num_cpus=1)
    class Needy:
        def answer(self):
            return "here"

    @ray.remote
    def wait_for(path):
        import time  # In the worker.

        while not path.exists():
            time.sleep(0.005)

    # Short enough that each ends by itself, long enough that the queue would take a minute.
    @ray.remote
    def short():
        import time  # As above.

        time.sleep(0.05)

    release = tmp_path / "release"
    held = [wait_for.remote(release) for _ in range(4)]
    queue = [short.remote() for _ in range(400)]
    needy = Needy.remote()
    answer = needy.answer.remote()
    release.touch()
    assert ray.get(answer, timeout=25) == "here"
    done, waiting = ray.wait(queue, num_returns=len(queue), timeout=0)
    assert waiting, f"all {len(done)} tasks had to end first"
    ray.get(held)
    ray.get(queue)
