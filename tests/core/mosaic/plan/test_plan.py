"""The plan answers for its scenes: ranks by name, scenes by rank, and the lattice on which they are compared."""

import pickle

import pytest
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.lattice import make_lattice
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.raster.grid import Window


def test_ranks_and_scenes_lead_to_each_other(sample):
    plan = make_plan(sample.scenes, None, MosaicOptions())
    assert plan.rank_of == {scene.id: rank for rank, scene in enumerate(sample.scenes, 1)}
    assert [plan.by_rank(plan.rank_of[scene.id]).scene for scene in sample.scenes] == sample.scenes
    assert plan.lattice == make_lattice(plan.grid)


def test_a_part_of_a_plan_knows_its_own_scenes_alone(sample):
    plan = make_plan(sample.scenes, None, MosaicOptions())
    assert plan.by_rank(1).rank == 1  # known before it is cut, and not carried over
    part = plan.cut(Window(0, 0, 10, 10))
    there = [placed.rank for placed in part.scenes]
    assert 0 < len(there) < len(plan.scenes)
    assert [part.by_rank(rank).rank for rank in there] == there
    with pytest.raises(KeyError):
        part.by_rank(next(rank for rank in range(1, 10) if rank not in there))
    assert pickle.loads(pickle.dumps(part)).rank_of == part.rank_of


def test_a_scene_without_angles_keeps_everything_else(sample):
    scene = sample.scenes[0]
    bare = scene.without_angles()
    assert (bare.sun, bare.view) == (None, {})
    assert (bare.id, bare.bands, bare.grid) == (scene.id, scene.bands, scene.grid)
