"""Virtual rasters, as GDAL reads them: the only writer of their XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from affine import Affine

from .grid import Grid
from .spec import RasterSpec

_TYPES = {
    "uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32", "float32": "Float32", "float64": "Float64",
}  # fmt: skip
"""NumPy name of a sample type to GDAL's, as far as GDAL 3.6 knows them."""


@dataclass(frozen=True)
class FileBand:
    """A band of a virtual raster that shows a band of a file."""

    path: str
    """What GDAL opens; absolute, or the name of a subdataset."""
    dtype: str
    """NumPy name of the file's sample type."""
    index: int = 1
    """Number of the band in the file, 1-based."""
    transform: Affine | None = None
    """Where the file's pixels lie; None puts them pixel by pixel on those of the virtual raster."""
    shape: tuple[int, int] = (0, 0)
    """(rows, cols) of the file, where ``transform`` is given."""
    block_shape: tuple[int, int] = (0, 0)
    """(rows, cols) of the file's blocks, likewise."""
    colour: str = ""
    """``Red``, ``Green`` or ``Blue``; empty for none."""
    nodata: float | None = None
    """Sample without data."""
    scaling: tuple[float, float] | None = None
    """(offset, scale) by which viewers turn samples into values, value = offset + scale * sample; None for none."""
    mask: int = 0
    """What tells which pixels are absent and become ``nodata``: the number of the alpha band, -1 for the file's own mask, 0 for nothing."""


def raw_vrt(spec: RasterSpec, raw_name: str) -> str:
    """Return the XML of a virtual raster over a raw file beside it, band after band; raises `ValueError` for an unknown type."""
    if spec.dtype not in _TYPES:
        raise ValueError(f"GDAL has no sample type {spec.dtype}; use one of {', '.join(_TYPES)}")
    rows, cols = spec.grid.shape
    item = np.dtype(spec.dtype).itemsize
    bands = (
        f'<VRTRasterBand dataType="{_TYPES[spec.dtype]}" band="{number}" subClass="VRTRawRasterBand">'
        f"<Description>{escape(name)}</Description>{_nodata(spec.nodata)}"
        f'<SourceFilename relativeToVRT="1">{escape(raw_name)}</SourceFilename>'
        f"<ImageOffset>{(number - 1) * rows * cols * item}</ImageOffset>"
        f"<PixelOffset>{item}</PixelOffset><LineOffset>{cols * item}</LineOffset>"
        "<ByteOrder>LSB</ByteOrder></VRTRasterBand>"
        for number, name in enumerate(spec.descriptions, 1)
    )
    return _dataset(spec.grid, bands, spec.tags)


def files_vrt(grid: Grid, bands: Sequence[FileBand]) -> str:
    """Return the XML of a virtual raster whose bands are bands of files, each put in its place on ``grid``."""
    return _dataset(grid, (_file_band(number, band, grid) for number, band in enumerate(bands, 1)))


def _dataset(grid: Grid, bands: Iterable[str], tags: Mapping[str, str] | None = None) -> str:
    rows, cols = grid.shape
    t = grid.transform
    geo = ", ".join(repr(float(v)) for v in (t.c, t.a, t.b, t.f, t.d, t.e))
    items = "".join(f'<MDI key="{escape(key)}">{escape(value)}</MDI>' for key, value in sorted((tags or {}).items()))
    return (
        f'<VRTDataset rasterXSize="{cols}" rasterYSize="{rows}"><SRS>{escape(grid.crs)}</SRS>'
        f"<GeoTransform>{geo}</GeoTransform><Metadata>{items}</Metadata>{''.join(bands)}</VRTDataset>"
    )


def _file_band(number: int, band: FileBand, grid: Grid) -> str:
    dtype = _TYPES.get(band.dtype, "Float64")  # which holds whatever a file may hold
    colour = f"<ColorInterp>{escape(band.colour)}</ColorInterp>" if band.colour else ""
    scaling = "<Offset>{!r}</Offset><Scale>{!r}</Scale>".format(*band.scaling) if band.scaling else ""
    placed = f'<SourceFilename relativeToVRT="0">{escape(band.path)}</SourceFilename>'
    own = f"{placed}<SourceBand>{band.index}</SourceBand>{_placement(band, dtype, grid)}"
    head = f'<VRTRasterBand dataType="{dtype}" band="{number}"'
    tail = f"{colour}{_nodata(band.nodata)}{scaling}"
    if band.mask > 0:
        # An alpha band counts as absent where it is 0 alone: a product of GDAL's own, no code (VRT derived bands).
        shown = f"{placed}<SourceBand>{band.mask}</SourceBand><LUT>0:0,1:1,65535:1</LUT>"
        return (
            f'{head} subClass="VRTDerivedRasterBand">{tail}<PixelFunctionType>mul</PixelFunctionType>'
            f"<SimpleSource>{own}</SimpleSource><ComplexSource>{shown}</ComplexSource></VRTRasterBand>"
        )
    source, using = ("ComplexSource", "<UseMaskBand>true</UseMaskBand>") if band.mask else ("SimpleSource", "")
    return f"{head}>{tail}<{source}>{own}{using}</{source}></VRTRasterBand>"


def _placement(band: FileBand, dtype: str, grid: Grid) -> str:
    """Return what a file is like, so that GDAL need not open it before it reads, and where it lies on a grid."""
    if band.transform is None:
        return ""
    (rows, cols), (block_rows, block_cols) = band.shape, band.block_shape
    placed = ~grid.transform * band.transform
    return (
        f'<SourceProperties RasterXSize="{cols}" RasterYSize="{rows}" DataType="{dtype}"'
        f' BlockXSize="{block_cols}" BlockYSize="{block_rows}"/>'
        f'<SrcRect xOff="0" yOff="0" xSize="{cols}" ySize="{rows}"/>'
        f'<DstRect xOff="{placed.c!r}" yOff="{placed.f!r}" xSize="{cols * placed.a!r}" ySize="{rows * placed.e!r}"/>'
    )


def _nodata(value: float | None) -> str:
    return "" if value is None else f"<NoDataValue>{value}</NoDataValue>"
