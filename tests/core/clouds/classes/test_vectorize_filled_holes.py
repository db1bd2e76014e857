"""A hole that the sieve fills belongs to the class around it, whatever was refused there before."""

import numpy as np
from affine import Affine
from skyfri.plugin.core.clouds.classes.class_raster import CLOUD, FROM_MODEL, REFUSED, ClassRaster
from skyfri.plugin.core.clouds.classes.vectorize import polygons_of
from skyfri.plugin.core.clouds.options import VectorizeOptions
from skyfri.plugin.core.raster.grid import Grid


def test_a_filled_hole_where_a_shadow_was_refused_becomes_part_of_the_cloud():
    grid = Grid("EPSG:32632", Affine(20, 0, 6e5, 0, -20, 6.7e6), (40, 40))
    classes, origin = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
    classes[10:30, 10:30], origin[10:30, 10:30] = CLOUD, FROM_MODEL
    classes[20, 20], origin[20, 20] = 0, REFUSED
    frame = polygons_of(ClassRaster(classes, origin, grid, {}), VectorizeOptions(mmu_ha=1.0)).frame
    assert list(frame["origin"]) == ["model"]
    assert not frame.geometry.iloc[0].interiors
