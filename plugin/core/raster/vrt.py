"""Virtual rasters, as GDAL reads them."""

from __future__ import annotations

from html import escape

import numpy as np

from .spec import RasterSpec

VRT_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "float32": "Float32"}


def raw_vrt(spec: RasterSpec, raw_name: str) -> str:
    """Return the XML of a virtual raster over a raw file beside it, band after band."""
    rows, cols = spec.grid.shape
    item = np.dtype(spec.dtype).itemsize
    t = spec.grid.transform
    geo = ", ".join(repr(float(v)) for v in (t.c, t.a, t.b, t.f, t.d, t.e))
    tags = "".join(f'<MDI key="{escape(key)}">{escape(value)}</MDI>' for key, value in sorted(spec.tags.items()))
    nodata = "" if spec.nodata is None else f"<NoDataValue>{spec.nodata}</NoDataValue>"
    bands = "".join(
        f'<VRTRasterBand dataType="{VRT_TYPES[spec.dtype]}" band="{number}" subClass="VRTRawRasterBand">'
        f"<Description>{escape(name)}</Description>{nodata}"
        f'<SourceFilename relativeToVRT="1">{escape(raw_name)}</SourceFilename>'
        f"<ImageOffset>{(number - 1) * rows * cols * item}</ImageOffset>"
        f"<PixelOffset>{item}</PixelOffset><LineOffset>{cols * item}</LineOffset>"
        "<ByteOrder>LSB</ByteOrder></VRTRasterBand>"
        for number, name in enumerate(spec.descriptions, 1)
    )
    return (
        f'<VRTDataset rasterXSize="{cols}" rasterYSize="{rows}"><SRS>{escape(spec.grid.crs)}</SRS>'
        f"<GeoTransform>{geo}</GeoTransform><Metadata>{tags}</Metadata>{bands}</VRTDataset>"
    )
