"""Sample scenes as whole ``.SAFE`` products."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.io import DatasetWriter

from ...plugin.core.base.progress import SILENT, Progress, Span, step
from ...plugin.core.raster.grid import Window
from .geometry import detector_numbers, detector_outlines
from .layout import Tile
from .metadata import ProductNames, footprint_gml, manifest, product_xml, radiometric_offset, strip_xml, tile_xml
from .observe import Observation, SampleScene, scenes_of
from .options import SampleOptions
from .sky import CLOUD, NODATA
from .spectra import ALL_BANDS, ground_m
from .stacks import label_raster, observations
from .truth import write_truth

_LOSSLESS = {"QUALITY": "100", "REVERSIBLE": "YES", "YCBCR420": "NO", "YCC": "NO"}
_RASTER_MASKS_FROM = 4.0
"""Baseline from which masks are rasters; before, they are GML."""


def make_products(folder: str | Path, options: SampleOptions = SampleOptions(), *, progress: Progress = SILENT) -> list[Path]:
    """Write one ``.SAFE`` folder per scene into ``folder`` and the truth beside them; return the products.

    Bands are lossless JPEG 2000 at 1, 2 and 6 times the pixel size of the options. DN = reflectance x 10 000 minus
    the offset of the metadata; DN 0 is nodata.
    """
    root = Path(folder)
    tiles = scenes_of(options)
    for number, scenes in enumerate(tiles):
        _make_tile(root, scenes, options, step(progress, number, len(tiles)))
    write_truth(root, options, [scene for scenes in tiles for scene in scenes])
    return [root / f"{scene.id}.SAFE" for scenes in tiles for scene in scenes]


def bands_of(level: str) -> tuple[str, ...]:
    """Return the bands a product of a level holds: L2A lacks the cirrus band."""
    return ALL_BANDS if level == "L1C" else tuple(band for band in ALL_BANDS if band != "B10")


def _make_tile(root: Path, scenes: list[SampleScene], options: SampleOptions, progress: Progress) -> None:
    bands = bands_of(options.level)
    drafts = [_Draft(root / f".{scene.id}.part", ProductNames(scene, options.level)) for scene in scenes]
    for draft in drafts:
        draft.clear()
    try:
        with ExitStack() as stack:
            labels = [stack.enter_context(label_raster(root, scene)) for scene in scenes]
            for draft in drafts:
                draft.open(stack, bands)
            for window, found in observations(scenes, bands, options, Span(progress, 0, 0.6), native=True):
                for draft, label, seen in zip(drafts, labels, found, strict=True):
                    label.write(seen.label[None], window)
                    draft.write(seen, window)
        for number, draft in enumerate(drafts):
            draft.finish(bands)
            progress.report(0.6 + 0.4 * (number + 1) / len(drafts), f"Packing {draft.names.scene.id}")
            target = root / f"{draft.names.scene.id}.SAFE"
            shutil.rmtree(target, ignore_errors=True)
            draft.folder.rename(target)
    finally:
        for draft in drafts:
            draft.clear()


class _Draft:
    """One product being filled: plain GeoTIFFs first, then JPEG 2000 and metadata, since JPEG 2000 is written at once."""

    def __init__(self, folder: Path, names: ProductNames) -> None:
        self.folder = folder
        self.names = names
        self._open: dict[str, DatasetWriter] = {}
        self._counts = np.zeros(256, np.int64)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, stack: ExitStack, bands: tuple[str, ...]) -> None:
        """Open one GeoTIFF per image; ``stack`` closes them."""
        (self.folder / "work").mkdir(parents=True)
        tile = self.names.scene.tile
        for band in bands:
            self._add(stack, band, tile, ground_m(band) // 10, "uint16", 1)
        self._add(stack, "TCI", tile, 1, "uint8", 3)
        self._add(stack, "DETFOO", tile, 1, "uint8", 1)
        self._add(stack, "CLASSI", tile, 6, "uint8", 3)
        if self.names.level == "L2A":
            self._add(stack, "SCL", tile, 2, "uint8", 1)

    def _add(self, stack: ExitStack, what: str, tile: Tile, times: int, dtype: str, count: int) -> None:
        grid = tile.grid
        profile: dict[str, Any] = {
            "driver": "GTiff",
            "height": grid.shape[0] // times,
            "width": grid.shape[1] // times,
            "count": count,
            "dtype": dtype,
            "crs": grid.crs,
            "transform": grid.transform * Affine.scale(times),
            "compress": "zstd",
            "zstd_level": 1,
            "bigtiff": "if_safer",
        }
        if count == 3:
            profile["photometric"] = "RGB"
        self._open[what] = stack.enter_context(rasterio.open(self._draft_path(what), "w", **profile))

    def write(self, seen: Observation, window: Window) -> None:
        """Write one block; DN = reflectance x 10 000 - offset where there are data."""
        offset = radiometric_offset(self.names.baseline)
        for band, samples in seen.samples.items():
            self._put(band, np.where(samples > 0, samples.astype(np.int32) - offset, 0).astype(np.uint16)[None], window)
        colour = np.stack([seen.samples[band] for band in ("B04", "B03", "B02")])
        # ESA's true colour: reflectance 0.3558 is white; 0 is nodata.
        shown = np.where(colour > 0, np.clip(colour * np.float32(254 / 3558) + 1, 1, 255), 0).astype(np.uint8)
        self._put("TCI", shown, window)
        points = self.names.scene.tile.points(window)
        detector = np.where(seen.label == NODATA, 0, detector_numbers(points.x, points.y, self.names.scene.overflight))
        self._put("DETFOO", detector.astype(np.uint8)[None], window)
        coarse = seen.label[3::6, 3::6] == CLOUD
        cirrus = seen.scene_class[3::6, 3::6] == 10
        self._put("CLASSI", np.stack([coarse & ~cirrus, cirrus, seen.scene_class[3::6, 3::6] == 11]).astype(np.uint8), window)
        if "SCL" in self._open:
            self._put("SCL", seen.scene_class[1::2, 1::2][None], window)
        self._counts += np.bincount(seen.label.ravel(), minlength=256)

    def _put(self, what: str, array: np.ndarray, window: Window) -> None:
        times = window.rows // array.shape[1]
        place = Window(window.row // times, window.col // times, *array.shape[1:])
        self._open[what].write(array, window=place.as_rasterio())

    def finish(self, bands: tuple[str, ...]) -> None:
        """Turn the GeoTIFFs, closed by now, into JPEG 2000 and write the metadata."""
        names, scene = self.names, self.names.scene
        images = [*bands, "TCI", *(["SCL"] if names.level == "L2A" else [])]
        for what in images:
            self._pack(what, names.image(what) + ".jp2")
        stem = f"T{scene.tile.name}_{scene.overflight.start:%Y%m%dT%H%M%S}"
        masks = self._masks(bands)
        self._preview(names.mask(f"{stem}_PVI.jp2"))
        shutil.rmtree(self.folder / "work")
        seen = max(int(self._counts.sum() - self._counts[NODATA]), 1)
        cloud_pct, nodata_pct = 100 * self._counts[CLOUD] / seen, 100 * self._counts[NODATA] / self._counts.sum()
        self._text(f"GRANULE/{names.granule}/MTD_TL.xml", tile_xml(names, masks, cloud_pct, nodata_pct))
        self._text(f"DATASTRIP/{names.strip}/MTD_DS.xml", strip_xml(names))
        self._text(f"MTD_MSI{names.level}.xml", product_xml(names, [names.image(what) for what in images], cloud_pct))
        self._text("manifest.safe", manifest(names, self.folder))

    def _masks(self, bands: tuple[str, ...]) -> list[tuple[str, str, str]]:
        """Write the detector footprints and the cloud mask in the form of the baseline; return (type, band, path)."""
        names, found = self.names, []
        if float(names.baseline) < _RASTER_MASKS_FROM:
            outlines = detector_outlines(names.scene.tile, names.scene.overflight)
            for band in bands:
                path = names.mask(f"MSK_DETFOO_{band}.gml")
                self._text(path, footprint_gml(names, band, outlines))
                found.append(("MSK_DETFOO", band, path))
            return found
        self._pack("DETFOO", names.mask("MSK_DETFOO_B02.jp2"))
        for band in bands:
            path = names.mask(f"MSK_DETFOO_{band}.jp2")
            times = ground_m(band) // 10
            if band != "B02":
                self._shrunk("DETFOO", path, times)
            found.append(("MSK_DETFOO", band, path))
        self._pack("CLASSI", names.mask("MSK_CLASSI_B00.jp2"))
        found.append(("MSK_CLASSI", "", names.mask("MSK_CLASSI_B00.jp2")))
        return found

    def _shrunk(self, what: str, path: str, times: int) -> None:
        if times == 1:
            shutil.copyfile(self.folder / self.names.mask("MSK_DETFOO_B02.jp2"), self.folder / path)
            return
        self._reduced(what, path, times)

    def _preview(self, path: str) -> None:
        with rasterio.open(self._draft_path("TCI")) as source:
            times = max(1, -(-source.width // 343))
        self._reduced("TCI", path, times)

    def _reduced(self, what: str, path: str, times: int) -> None:
        """Write an image whose pixels are ``times`` as large, by nearest neighbour."""
        with rasterio.open(self._draft_path(what)) as source:
            rows, cols = source.height // times, source.width // times
            small = source.read(out_shape=(source.count, rows, cols))
            profile = source.profile | {"height": rows, "width": cols, "transform": source.transform * Affine.scale(times)}
        with rasterio.open(self._draft_path("small"), "w", **profile) as target:
            target.write(small)
        self._pack("small", path)

    def _pack(self, what: str, path: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self._draft_path(what)
        rasterio.shutil.copy(str(source), str(target), driver="JP2OpenJPEG", **_LOSSLESS)
        target.with_name(target.name + ".aux.xml").unlink(missing_ok=True)

    def _text(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _draft_path(self, what: str) -> Path:
        return self.folder / "work" / f"{what}.tif"
