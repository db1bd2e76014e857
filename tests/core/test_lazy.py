import threading
from concurrent.futures import ThreadPoolExecutor

from skyfri.plugin.core.lazy import lazy


class Reader:
    """Reads once, and only while another reader reads as well."""

    def __init__(self, meeting: threading.Barrier) -> None:
        self.meeting = meeting
        self.times = 0

    @lazy
    def samples(self) -> int:
        """Samples."""
        self.times += 1
        self.meeting.wait(timeout=20)
        return self.times


def test_threads_compute_for_their_own_objects_at_the_same_time():
    meeting = threading.Barrier(2)
    readers = [Reader(meeting), Reader(meeting)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda reader: reader.samples, readers)) == [1, 1]


def test_a_value_is_computed_once_and_lies_in_the_object():
    reader = Reader(threading.Barrier(1))
    assert "samples" not in reader.__dict__
    assert reader.samples == reader.samples == 1
    assert reader.__dict__["samples"] == 1
    assert Reader.samples.__doc__ == "Samples."
