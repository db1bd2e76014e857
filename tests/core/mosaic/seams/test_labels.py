"""Ranks of cells that lie in a file are those that lie in memory, and a disk without room says so before any work is done."""

import errno
import os

import numpy as np
import pytest
from skyfri.plugin.core.base.arrays import write_arrays
from skyfri.plugin.core.base.errors import OutputError
from skyfri.plugin.core.mosaic.seams import labels as seam_labels
from skyfri.plugin.core.mosaic.seams.labels import copy_ranks, empty_ranks, finer_ranks, put_aside, read_ranks


@pytest.fixture
def filed(monkeypatch):
    """Put even few ranks into files, and copy few rows at a time."""
    monkeypatch.setattr(seam_labels, "HELD_CELLS", 100)
    monkeypatch.setattr(seam_labels, "ROWS_AT_ONCE", 12)


def test_finer_ranks_repeat_the_coarser_ones_wherever_they_lie(tmp_path, filed):
    coarse = np.random.default_rng(3).integers(0, 9, (13, 17)).astype(np.uint16)
    expected = coarse.repeat(4, axis=0).repeat(4, axis=1)[:50, :67]
    for folder in (None, tmp_path):
        fine = finer_ranks(coarse, 4, (50, 67), folder)
        assert isinstance(fine, np.memmap) == (folder is not None)
        np.testing.assert_array_equal(fine, expected)
    put_aside(fine)
    np.testing.assert_array_equal(fine, expected)
    copied = copy_ranks(fine, tmp_path)
    copied[3, 4] += 1
    assert (copied != fine).sum() == 1
    assert not list(tmp_path.iterdir()), "the files go with the arrays"


@pytest.mark.parametrize("shape", [(5, 80), (9, 77), (2, 40), (1, 1), (4, 3)])
def test_few_rows_are_repeated_as_often_as_many(shape):
    coarse = np.random.default_rng(5).integers(0, 9, [-(-size // 4) for size in shape]).astype(np.uint16)
    expected = coarse.repeat(4, axis=0).repeat(4, axis=1)[: shape[0], : shape[1]]
    np.testing.assert_array_equal(finer_ranks(coarse, 4, shape, None), expected)


def test_ranks_that_were_kept_come_back(tmp_path, filed):
    ranks = np.random.default_rng(4).integers(0, 3000, (41, 30)).astype(np.uint16)
    write_arrays(tmp_path / "labels.npz", compressed=True, ranks=ranks, mark=np.array("x"))
    for folder in (None, tmp_path):
        np.testing.assert_array_equal(read_ranks(tmp_path / "labels.npz", ranks.shape, folder), ranks)
    write_arrays(tmp_path / "other.npz", ranks=ranks.astype(float))
    with pytest.raises(ValueError, match="41 x 30 cells"):
        read_ranks(tmp_path / "other.npz", ranks.shape, None)


def test_a_disk_without_room_is_told_at_once(tmp_path, filed, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(seam_labels.os, "posix_fallocate", full)
    with pytest.raises(OutputError, match="disk is full"):
        empty_ranks((40, 40), tmp_path)
    assert not list(tmp_path.iterdir())

    def unable(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(seam_labels.os, "posix_fallocate", unable)
    assert not isinstance(empty_ranks((40, 40), tmp_path), np.memmap), "some network drives cannot; the run goes on in memory"
    monkeypatch.delattr(seam_labels.os, "posix_fallocate")
    assert not empty_ranks((40, 40), tmp_path).any()
