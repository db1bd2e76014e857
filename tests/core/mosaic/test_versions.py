"""What is kept from run to run carries a version: this fails where a known sample gives other values and the version is the same.

Where it fails because values were meant to change, raise VERSION of the module named and write the new version and figures here.
"""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from skyfri.plugin.core.base.fingerprint import fingerprint
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.colour import cell_store
from skyfri.plugin.core.mosaic.colour.balance import Balance
from skyfri.plugin.core.mosaic.colour.cells import measure_scenes
from skyfri.plugin.core.mosaic.colour.colours import Colours
from skyfri.plugin.core.mosaic.colour.fields import DodgeField
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan import means
from skyfri.plugin.core.mosaic.plan.means import reduce_scenes
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products import develop
from skyfri.plugin.core.mosaic.products.scale import Stretch, scale_samples
from skyfri.plugin.core.mosaic.render import jobs
from skyfri.plugin.core.mosaic.render.block import make_block
from skyfri.plugin.core.mosaic.seams import seam_store
from skyfri.plugin.core.mosaic.seams.cost import SeamOptions
from skyfri.plugin.core.mosaic.seams.trace import label_cells, pose_problem
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes import open_scene

BANDS = ("B02", "B03", "B04")
SIDE = 512

GOLDEN = {
    "cell_store": (6, "f8d2433707cc8d6d2001ff4d0c69be5cdcdcfcd043eb98fab7db1c8bcdbe7a48"),
    "means": (4, "8e45c7a01081425e91b982c621f077d00082795abf459ff88597ab927e9ca106"),
    "seam_store": (6, [2.04638671875, 1.1234458148420459, 1013.0227661132812]),
    "jobs": (
        10,
        [
            1532.981985727946,
            789.4841140313216,
            772809.8211479187,
            1.00146484375,
            0.5947239567240739,
            502.7177734375,
            1.975341796875,
            1.1215778594879833,
            999.1492156982422,
            1533.0055637006492,
            789.3356392205246,
            772207.7398652509,
        ],
    ),
    "develop": (2, [146.1220703125, 90.01493605019145, 76961.873046875, 0.9990234375, 0.031234737483827102, 496.405517578125]),
}
"""Module to its version, and to what the sample gives then: the hash of whole numbers, figures of others."""


def scene_of(folder, number):
    """Return a scene of whole numbers alone: means over cells are whole, too, so that no rounding differs between libraries."""
    rows, cols = np.indices((SIDE, SIDE))
    land = 2 + ((rows // 3) * 5 + (cols // 5) * 3 + (rows * cols) // 97) % 7
    samples = np.stack([256 * (land + band + number % 2) + 7 * number for band in range(len(BANDS))]).astype(np.uint16)
    samples[:, :, : 64 * number] = 0
    path = folder / f"scene{number}.tif"
    transform = Affine(10, 0, 499_200, 0, -10, 4_999_680)
    profile = {"count": len(BANDS), "dtype": "uint16", "nodata": 0, "crs": "EPSG:32633", "transform": transform}
    with rasterio.open(path, "w", driver="GTiff", height=SIDE, width=SIDE, **profile) as file:
        file.write(samples)
        file.descriptions = BANDS
        file.update_tags(SENSED=f"2024-06-{10 + number:02}T10:00:00Z")
    return open_scene(path)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Plan of three scenes with clouds, the plan of their reduced copies, and colours."""
    folder = tmp_path_factory.mktemp("known")
    scenes = [scene_of(folder, number) for number in (1, 2, 3)]
    shapes = [shapely.box(500_500 + 700 * n, 4_996_300, 502_000 + 700 * n, 4_997_900) for n in range(3)]
    frame = gpd.GeoDataFrame({"scene": [scene.id for scene in scenes], "class": "cloud"}, geometry=shapes, crs="EPSG:32633")
    plan = make_plan(scenes, CloudPolygons(frame), MosaicOptions(bands=BANDS))
    gains = np.array([[1.25, 1, 0.75], [1, 1.5, 1], [0.875, 1, 1]])
    balance = Balance(BANDS, tuple(scene.id for scene in scenes), gains, 8 * gains, (0, 0, 0))
    nodes = Grid("EPSG:32633", Affine(2560, 0, 499_200, 0, -2560, 4_999_680), (2, 2))
    colours = Colours(balance, {2: DodgeField(np.array([[[0, 0.0625], [-0.0625, 0.125]]], np.float32), nodes)})
    return plan, reduce_scenes(plan, folder, InlineExecutor()), colours


def figures(*arrays):
    """Return means, spreads and positions of values: rounding that differs between libraries leaves no trace in them, a change does."""
    found = []
    for array in arrays:
        values = array.astype(float).ravel()
        found += [values.mean(), values.std(), (values * (np.arange(values.size) % 1009)).mean()]
    return found


def cells_of(plan, reduced, colours):
    return fingerprint([(cells.keys, cells.medians, cells.whole) for cells in measure_scenes(plan, InlineExecutor())])


def means_of(plan, reduced, colours):
    found = []
    for placed in reduced.scenes:
        path = placed.scene.bands["B02"].path
        for options in ({}, {"OVERVIEW_LEVEL": 0}):
            with rasterio.open(path, **options) as copy:
                found.append(copy.read())
    return fingerprint(found)


def labels_of(plan, reduced, colours):
    problem = pose_problem(reduced, colours.balance, colours.fields, {}, SeamOptions())
    return figures(label_cells(problem, InlineExecutor()).ranks)


def blocks_of(plan, reduced, colours):
    options = MosaicOptions(bands=BANDS, fill="blended", feather_px=2, block_px=512)
    specs = jobs.product_specs(plan, picture=True, density=True)
    found = []
    for job in map(jobs.draw_outlines, jobs.make_jobs(plan, reduced, colours, options, seams=None, specs=specs, folder=None)):
        block = make_block(job.sources, job.grid, job.bands, job.window, job.choices)
        found += [block.samples, block.source, block.density, block.picture]
    return figures(*found)


def bytes_of(plan, reduced, colours):
    picture = np.arange(3 * 64 * 64, dtype=np.float32).reshape(3, 64, 64) % 4001
    valid = (picture > 0).all(axis=0)
    return figures(scale_samples(picture, valid, Stretch((100, 200, 300), (3000, 3100, 3200))), valid)


@pytest.mark.parametrize(
    ("module", "values_of"),
    [(cell_store, cells_of), (means, means_of), (seam_store, labels_of), (jobs, blocks_of), (develop, bytes_of)],
    ids=["cells", "means", "labels", "blocks", "bytes"],
)
def test_other_values_have_another_version(known, module, values_of):
    name = module.__name__.rpartition(".")[2]
    version, golden = GOLDEN[name]
    found = values_of(*known)
    same = found == (golden if isinstance(golden, str) else pytest.approx(golden, rel=1e-6))
    assert same or version != module.VERSION, f"{name} makes other values: raise its VERSION {version}"
    assert same and version == module.VERSION, f"{name} is of version {module.VERSION} now: write it here with its figures {found}"
