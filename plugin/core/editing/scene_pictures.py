"""A scene's true-colour picture for the screen: a small VRT over the product's own files, no pixels copied.

The VRT states scale and offset, so that viewers show and identify reflectance (0.08, not 1803), and one fixed
stretch (ui/styles/picture.qml) makes all scenes comparable whatever their processing baseline.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from affine import Affine

from ..base.drafts import write_text
from ..raster.grid import Grid
from ..raster.read import open_raster
from ..scenes.msi import RGB
from ..scenes.naming import file_stem
from ..scenes.scene import BandFile, Scene

_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32", "float32": "Float32"}


@dataclass(frozen=True)
class _Source:
    """What the VRT has to know of a band's file."""

    transform: Affine
    shape: tuple[int, int]
    block_shape: tuple[int, int]
    dtype: str


def picture_path(workspace_path: Path, scene_id: str) -> Path:
    """Return where the picture of a scene lies: in a folder beside the workspace."""
    return workspace_path.with_name(f"{workspace_path.stem}_pictures") / f"{file_stem(scene_id)}.vrt"


def write_picture(scene: Scene, path: Path) -> None:
    """Write the VRT of a scene in true colour, or in grey where it lacks one of the three bands.

    Only the headers of the band files are read. Raises `InputError` for a broken file, `OutputError` where the
    folder cannot be written.
    """
    names = RGB if all(name in scene.bands for name in RGB) else (next(iter(scene.bands)),) * 3
    bands = [scene.bands[name] for name in names]
    known = {band.path: _source_of(band) for band in bands}
    rows, cols = scene.grid.shape
    t = scene.grid.transform
    text = (
        f'<VRTDataset rasterXSize="{cols}" rasterYSize="{rows}"><SRS>{escape(scene.grid.crs)}</SRS>'
        f"<GeoTransform>{', '.join(repr(float(v)) for v in (t.c, t.a, t.b, t.f, t.d, t.e))}</GeoTransform>"
        + "".join(
            _band_xml(number, colour, band, known[band.path], scene.grid)
            for number, (colour, band) in enumerate(zip(("Red", "Green", "Blue"), bands, strict=True), 1)
        )
        + "</VRTDataset>"
    )
    write_text(path, text)


def _source_of(band: BandFile) -> _Source:
    with open_raster(band.path) as dataset:
        number = band.index - 1
        shape = (dataset.height, dataset.width)
        return _Source(dataset.transform, shape, dataset.block_shapes[number], dataset.dtypes[number])


def _band_xml(number: int, colour: str, band: BandFile, source: _Source, grid: Grid) -> str:
    rows, cols = source.shape
    block_rows, block_cols = source.block_shape
    dtype = _TYPES.get(source.dtype, "Float64")
    placed = ~grid.transform * source.transform
    name = band.path if band.path.startswith("/vsi") else os.fspath(Path(band.path).absolute())
    return (
        f'<VRTRasterBand dataType="{dtype}" band="{number}"><ColorInterp>{colour}</ColorInterp>'
        f"<NoDataValue>0</NoDataValue><Offset>{band.offset * band.scale!r}</Offset><Scale>{band.scale!r}</Scale>"
        f'<SimpleSource><SourceFilename relativeToVRT="0">{escape(name)}</SourceFilename><SourceBand>{band.index}</SourceBand>'
        f'<SourceProperties RasterXSize="{cols}" RasterYSize="{rows}" DataType="{dtype}"'
        f' BlockXSize="{block_cols}" BlockYSize="{block_rows}"/>'
        f'<SrcRect xOff="0" yOff="0" xSize="{cols}" ySize="{rows}"/>'
        f'<DstRect xOff="{placed.c!r}" yOff="{placed.f!r}" xSize="{cols * placed.a!r}" ySize="{rows * placed.e!r}"/>'
        "</SimpleSource></VRTRasterBand>"
    )
