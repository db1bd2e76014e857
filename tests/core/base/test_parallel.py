"""Tasks in flight: as many as keep the workers busy that there are now, in the items' order."""

from concurrent.futures import Future

import pytest
from skyfri.plugin.core.base.parallel import InlineExecutor, map_ordered, tasks_for, worker_count


class Cluster(InlineExecutor):
    """Answers only when asked for a result, and counts what waits; its workers come and go."""

    def __init__(self, workers):
        self.workers, self.waiting, self.seen = workers, 0, []

    def submit(self, fn, /, *args, **kwargs):
        self.waiting += 1
        self.seen.append(self.waiting)
        cluster = self

        class Later(Future):
            def result(self, timeout=None):
                cluster.waiting -= 1
                return fn(*args, **kwargs)

        future = Later()
        future.set_result(None)
        return future


@pytest.mark.parametrize(("stated", "expected"), [(5, 10), (lambda: 7, 14), (0, worker_count() + 1), (lambda: 0, worker_count() + 1)])
def test_twice_the_workers_that_an_executor_states(stated, expected):
    assert tasks_for(Cluster(stated)) == expected
    assert tasks_for(InlineExecutor()) == worker_count() + 1


def test_tasks_in_flight_follow_a_cluster_that_grows_and_shrinks():
    cluster = Cluster(lambda: size)
    size, found = 2, []
    for number in map_ordered(abs, range(-60, 0), cluster):
        found.append(number)
        size = 6 if 5 <= len(found) < 30 else 2
    assert found == list(range(60, 0, -1))
    assert max(cluster.seen[:4]) == 4 and max(cluster.seen) == 12
    assert max(cluster.seen[-8:]) == 4


def test_a_stated_number_in_flight_is_kept():
    cluster = Cluster(50)
    assert list(map_ordered(abs, range(20), cluster, in_flight=3)) == list(range(20))
    assert max(cluster.seen) == 3
