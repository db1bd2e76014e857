"""How good classes and polygons are, on scenes with labels, beside plain argmax of the same probabilities.

    python tests/bench/clouds_quality.py [--labelled FILE.npz] [--scenes FOLDER_OF_PRODUCTS_WITH_SCL] [--sample FOLDER]

Files come from SKYFRI_DATA unless named. The labelled file holds ``img`` (rows, cols, 6) reflectance and ``msk``
(0 shadow, 4 cloud, else clear). Products need an SCL.tif; FOLDER of ``--sample`` comes from tests/sample with products and labels.

Three ways are compared, each with the cloud and shadow IoU of the whole set, of its parts (left and right half of the labelled
image, each date of the scenes) and their mean: "before" is the network's own softmax and seeds and rims of .95 .70 .90 .75;
"argmax" is plain argmax of that softmax; "after" takes the training weights off and thresholds by the card.

| set | scenes | before | argmax | after | cloud precision, recall after |
|---|---|---|---|---|---|
| labelled, 6 bands | 1 | .814 .770 = .792 | .761 .703 = .732 | .838 .810 = .824 | .85 .98 |
| left, right half | 1 | .772, .812 | .703, .759 | .809, .839 | .83 .98, .87 .99 |
| labelled, 4 bands | 1 | .851 .813 = .832 | .818 .729 = .774 | .877 .835 = .856 | .90 .97 |
| left, right half | 1 | .823, .844 | .754, .795 | .851, .865 | .89 .96, .91 .98 |
| products, SCL | 10 | .812 .436 = .624 | .758 .357 = .557 | .815 .456 = .635 | .86 .93 |
| 10, 13, 15, 18, 20 Aug | 2 | .626, .248, .184, .637, .512 | .586, .113, .064, .598, .437 | .639, .257, .235, .648, .519 | |
| sample, truth | 6 | .952 .579 = .766 | .947 .315 = .631 | .948 .628 = .788 | .98 .97 |
| 14, 22, 24 Jun | 2 | .780, .680, .804 | .647, .543, .690 | .819, .687, .822 | |

Thresholds were chosen on these sets by pixel, so they are no held-out figures; the weights are the publisher's. L1C cards take .75 .65
for cloud, L2A cards .80 .70, all .65 .55 for shadow. By six bands the labelled image stays below .85. A lower rim finds more cloud at the
cost of its precision: .99 and .84 on the labelled image, six bands, at .60.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.features import rasterize
from rasterio.warp import Resampling, reproject

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SKYFRI_DATA", ROOT.parent / "shared" / "data"))
SCL = {2: 0, 4: 0, 5: 0, 6: 0, 7: 0, 11: 0, 3: 2, 8: 1, 9: 1, 10: 1}
UKIS_NAMES = ["blue", "green", "red", "nir", "swir16", "swir22"]


def load_package() -> None:
    """Make the repository importable as ``skyfri``."""
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


def labelled(path: Path, work: Path):
    """Return the scene, its label and the image of the labelled file."""
    from skyfri.plugin.core.raster.grid import Grid
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_array
    from skyfri.plugin.core.scenes import open_scene

    data = np.load(path)
    image, mask = data["img"], data["msk"][..., 0]
    grid = Grid("EPSG:32633", Affine(30, 0, 500_000, 0, -30, 6_000_000), mask.shape)
    stack = np.clip(np.rint(image.transpose(2, 0, 1) * 10_000), 1, 65535).astype(np.uint16)
    names = ("B02", "B03", "B04", "B08", "B11", "B12")
    write_array(work / "labelled.tif", stack, RasterSpec(grid, "uint16", names, 0, {"LEVEL": "L1C"}))
    return open_scene(work / "labelled.tif"), np.where(mask == 4, 1, np.where(mask == 0, 2, 0)).astype(np.uint8), image


def onto(path: Path, grid, table: dict[int, int] | None) -> np.ndarray:
    """Return a label raster on a grid, 255 where it says nothing."""
    with rasterio.open(path) as dataset:
        codes = dataset.read(1)
        if table:
            lookup = np.full(256, 255, np.uint8)
            lookup[list(table)] = list(table.values())
            codes = lookup[codes]
        out = np.full(grid.shape, 255, np.uint8)
        place = {"src_transform": dataset.transform, "src_crs": dataset.crs, "dst_transform": grid.transform, "dst_crs": grid.crs}
        reproject(codes, out, src_nodata=255, dst_nodata=255, resampling=Resampling.nearest, **place)
    return out


def argmax_of(probabilities) -> np.ndarray:
    """Return the plain classes of a prediction."""
    clear = 250 - probabilities.cloud.astype(int) - probabilities.shadow
    classes = np.stack([clear, probabilities.cloud, probabilities.shadow]).argmax(axis=0)
    return np.where(probabilities.valid, classes, 255).astype(np.uint8)


def three_ways(scene, card, work: Path):
    """Return the classes of a scene before, by argmax and after, and the class raster and polygons of the last."""
    from skyfri.plugin.core.clouds.classes.classify import classify
    from skyfri.plugin.core.clouds.classes.vectorize import polygons_of
    from skyfri.plugin.core.clouds.network.model import open_model
    from skyfri.plugin.core.clouds.options import ClassifyOptions, VectorizeOptions
    from skyfri.plugin.core.clouds.prediction.predict import predict
    from skyfri.plugin.core.clouds.prediction.probabilities import read_probabilities

    kept = {}
    for how, used in (("before", replace(card, training_weights=(), thresholds=None)), ("after", card)):
        predict(scene, open_model(used), work / "p.tif", reflectance_path=work / "r.tif")
        probabilities = read_probabilities(work / "p.tif")
        kept[how] = probabilities, classify(probabilities, ClassifyOptions(), reflectance_path=work / "r.tif")
    ways = {"before": kept["before"][1].classes, "argmax": argmax_of(kept["before"][0]), "after": kept["after"][1].classes}
    probabilities, raster = kept["after"]
    return ways, raster, polygons_of(raster, VectorizeOptions(), probabilities=probabilities).frame


def main() -> None:
    """Predict, classify, vectorise, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--labelled", type=Path, default=DATA / "labelled_clouds" / "sentinel2.npz")
    parser.add_argument("--scenes", type=Path, default=DATA / "mosaic_33TWM_33TWL")
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--work", type=Path, default=Path("/tmp/skyfri-bench"))
    given = parser.parse_args()
    load_package()
    from skyfri.plugin.core.clouds.network.cards import card_of, choose_card
    from skyfri.plugin.core.clouds.network.model import open_model
    from skyfri.plugin.core.clouds.prediction.predict import predict
    from skyfri.plugin.core.clouds.prediction.probabilities import read_probabilities
    from skyfri.plugin.core.clouds.score.scores import class_scores, confusion_of
    from skyfri.plugin.core.scenes import open_scene
    from skyfri.plugin.core.scenes.search import find_scenes

    given.work.mkdir(parents=True, exist_ok=True)
    scene, label, image = labelled(given.labelled, given.work)
    from ukis_csmask.mask import CSmask

    for bands in (6, 4):
        plain = replace(card_of(f"ukis-csmask-{bands}b-l1c"), training_weights=())
        predict(scene, open_model(plain), given.work / "p.tif")
        own = CSmask(image[..., :bands].astype(np.float32), UKIS_NAMES[:bands], "l1c", providers=["CPUExecutionProvider"]).csm[..., 0]
        agreement = (argmax_of(read_probabilities(given.work / "p.tif")) == own).mean()
        print(f"{bands} bands: agreement with CSmask before classification {agreement:.4%}")
    sets = {f"labelled, {bands} bands": [(scene, lambda grid: label, card_of(f"ukis-csmask-{bands}b-l1c"))] for bands in (6, 4)}
    for bands in (6, 4):
        halves = np.arange(label.shape[1]) < label.shape[1] // 2
        for side, half in (("left", halves), ("right", ~halves)):
            part = np.where(half[None], label, 255)
            sets[f"labelled, {bands} bands, {side}"] = [(scene, lambda grid, part=part: part, card_of(f"ukis-csmask-{bands}b-l1c"))]
    for path in find_scenes(given.scenes) if given.scenes else ():
        one, truth = open_scene(path), lambda grid, path=path: onto(Path(path) / "SCL.tif", grid, SCL)
        for name in ("products, SCL", f"products, SCL, {one.sensed:%d %b}"):
            sets.setdefault(name, []).append((one, truth, choose_card(one)))
    for path in sorted(given.sample.glob("*.SAFE")) if given.sample else ():
        one, truth = open_scene(path), lambda grid, path=path: onto(given.sample / "labels" / f"{path.stem}.tif", grid, None)
        for name in ("sample, truth", f"sample, truth, {one.sensed:%d %b}"):
            sets.setdefault(name, []).append((one, truth, choose_card(one)))
    print("\n| set | scenes | before | argmax | after | cloud precision, recall after |\n|---|---|---|---|---|---|")
    outlines = []
    found: dict[tuple[str, str], tuple] = {}
    for name, scenes in sets.items():
        totals = {}
        for one, label_on, card in scenes:
            if (one.id, card.id) not in found:
                found[one.id, card.id] = three_ways(one, card, given.work)
            ways, raster, frame = found[one.id, card.id]
            truth = label_on(raster.grid)
            for how, classes in ways.items():
                totals[how] = totals.get(how, 0) + confusion_of(classes, np.where(truth <= 2, truth, 255).astype(np.uint8))
            outlines.append((name, raster, frame))
        cells = []
        for how in ("before", "argmax", "after"):
            cloud, shadow = (class_scores(totals[how], code).iou or 0 for code in (1, 2))
            cells.append(f"{cloud:.3f} {shadow:.3f} = {(cloud + shadow) / 2:.3f}")
        cloud = class_scores(totals["after"], 1)
        print(f"| {name} | {len(scenes)} | {' | '.join(cells)} | {cloud.precision or 0:.2f} {cloud.recall or 0:.2f} |", flush=True)
    print("\n| set | polygons | invalid | overlap m2 | vertices per km | raster IoU cloud | shadow |\n|---|---|---|---|---|---|---|")
    for name in sets:
        chosen = [(raster, frame) for set_name, raster, frame in outlines if set_name == name]
        sums = np.zeros((2, 2))
        count = invalid = vertices = 0
        length = overlap = 0.0
        for raster, frame in chosen:
            geometry = np.asarray(frame.geometry.values)
            shapes = [(polygon, 1 if kind == "cloud" else 2) for polygon, kind in zip(geometry, frame["class"], strict=True)]
            image = (
                rasterize(shapes, raster.classes.shape, transform=raster.grid.transform, dtype="uint8") if shapes else raster.classes * 0
            )
            for index, code in enumerate((1, 2)):
                one, other = image == code, raster.classes == code
                sums[index] += ((one & other).sum(), (one | other).sum())
            count, invalid = count + len(frame), invalid + int((~shapely.is_valid(geometry)).sum())
            vertices += int(shapely.get_num_coordinates(geometry).sum()) - len(frame)
            length += float(frame.geometry.length.sum())
            overlap += max(0.0, float(shapely.area(geometry).sum() - shapely.area(shapely.union_all(geometry))))
        ious = sums[:, 0] / np.maximum(sums[:, 1], 1)
        print(f"| {name} | {count} | {invalid} | {overlap:.1f} | {vertices / max(length, 1) * 1000:.1f} | {ious[0]:.3f} | {ious[1]:.3f} |")


if __name__ == "__main__":
    main()
