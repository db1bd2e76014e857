import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from skyfri.plugin.core.base.lazy import LazySequence, changed_when_read, lazy


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


def test_items_are_made_when_asked_for_and_the_last_ones_kept():
    made = []
    squares = LazySequence(lambda place: made.append(place) or place**2, 5, kept=2)
    assert len(squares) == 5 and made == []
    assert squares[3] == squares[-2] == 9 and made == [3]
    assert list(squares) == [0, 1, 4, 9, 16] and made == [3, 0, 1, 2, 3, 4], "3 had to go for 1 and 2"
    assert squares[4] == 16 and made[-1] == 4 and list(squares[1:4:2]) == [1, 9]
    with pytest.raises(IndexError):
        squares[5]


def test_items_change_whenever_they_are_read():
    items = [1, 2]
    doubled = changed_when_read(lambda item: 2 * item, items)
    items[1] = 5
    assert list(doubled) == [2, 10] and len(doubled) == 2
