"""What is freed between pieces that stay goes back to the system."""

import platform
from pathlib import Path

import pytest
from skyfri.plugin.core.base import memory
from skyfri.plugin.core.base.memory import give_back_freed

MIB = 1 << 20


def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MIB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library, which gives back by itself")
def test_what_is_freed_between_pieces_that_stay_is_given_back():
    pieces = [b"\1" * 100_000 for _ in range(2000)]
    kept = pieces[::50]
    before = resident_mib()
    del pieces
    give_back_freed()
    assert before - resident_mib() > 100
    assert all(piece[0] == 1 for piece in kept)


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "_trim", memory._trim.__wrapped__)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert memory._trim() is None
    give_back_freed()
