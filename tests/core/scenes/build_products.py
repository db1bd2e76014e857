"""Small Sentinel-2 products with known samples, in every layout."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
PIXEL_M = (
    {"B01": 60, "B09": 60, "B10": 60}
    | dict.fromkeys(("B02", "B03", "B04", "B08"), 10)
    | dict.fromkeys(("B05", "B06", "B07", "B8A", "B11", "B12"), 20)
)
ULX, ULY, CRS = 600000, 6800040, "EPSG:32632"
NAME = "S2B_MSIL1C_20230823T104629_N0509_R051_T32VNM_20230823T125347"


def dn_of(band, size_px, pixel_m=None):
    """Return the samples of a band: never the same in two bands, a column of nodata, a pixel below the offset."""
    side = size_px * 10 // (pixel_m or PIXEL_M[band])
    rng = np.random.default_rng(BANDS.index(band))
    samples = rng.integers(1200, 9000, (side, side)).astype(np.uint16)
    samples[:, 0] = 0
    samples[0, 1] = 700
    return samples


def write_band(path, samples, pixel_m, *, crs=CRS, driver="JP2OpenJPEG", block_px=1024):
    """Write one band without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    jpeg2000 = {"QUALITY": "100", "REVERSIBLE": "YES", "BLOCKXSIZE": block_px, "BLOCKYSIZE": block_px}
    options = jpeg2000 if driver == "JP2OpenJPEG" else {}
    rows, cols = samples.shape
    profile = {"width": cols, "height": rows, "count": 1, "dtype": samples.dtype.name, "crs": crs}
    with rasterio.open(path, "w", driver=driver, transform=from_origin(ULX, ULY, pixel_m, pixel_m), **profile, **options) as dataset:
        dataset.write(samples, 1)


@dataclass(frozen=True)
class Spec:
    """What a product of `make_safe` is like."""

    level: str = "L1C"
    offsets: dict = field(default_factory=lambda: dict.fromkeys(BANDS, -1000))
    quantification: int = 10000
    baseline: str = "05.09"
    size_px: int = 120
    bands: tuple = BANDS
    footprint: str = ""
    angles: bool = True


def product_xml(spec, uri=NAME):
    tag, quantification = (
        ("BOA_ADD_OFFSET", "BOA_QUANTIFICATION_VALUE") if spec.level == "L2A" else ("RADIO_ADD_OFFSET", "QUANTIFICATION_VALUE")
    )
    offsets = "".join(f'<{tag} band_id="{BANDS.index(band)}">{value}</{tag}>' for band, value in spec.offsets.items())
    files = "".join(f"<IMAGE_FILE>GRANULE/{granule_name(spec)}/IMG_DATA/T32VNM_20230823T104629_{band}</IMAGE_FILE>" for band in spec.bands)
    footprint = f"<EXT_POS_LIST>{spec.footprint}</EXT_POS_LIST>" if spec.footprint else ""
    spectral = "".join(
        f'<Spectral_Information bandId="{index}" physicalBand="{band.replace("B0", "B")}"><RESOLUTION>{PIXEL_M[band]}</RESOLUTION>'
        f'<Wavelength><MIN unit="nm">1</MIN><MAX unit="nm">2</MAX><CENTRAL unit="nm">1.5</CENTRAL></Wavelength></Spectral_Information>'
        for index, band in enumerate(BANDS)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-{spec.level[1:]}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-{spec.level[1:]}.xsd">
<n1:General_Info><Product_Info><PRODUCT_START_TIME>2023-08-23T10:46:29.024Z</PRODUCT_START_TIME>
<PRODUCT_URI>{uri}.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-{spec.level[1:]}</PROCESSING_LEVEL>
<PROCESSING_BASELINE>{spec.baseline}</PROCESSING_BASELINE>
<Datatake datatakeIdentifier="GS2B_20230823T104629_033755_N{spec.baseline}"><SPACECRAFT_NAME>Sentinel-2B</SPACECRAFT_NAME>
<SENSING_ORBIT_NUMBER>51</SENSING_ORBIT_NUMBER></Datatake>
<Query_Options completeSingleTile="true"><PRODUCT_FORMAT>SAFE_COMPACT</PRODUCT_FORMAT></Query_Options>
<Product_Organisation><Granule_List>
<Granule granuleIdentifier="S2B_OPER_MSI_L1C_TL_2BPS_20230823T125347_A033755_T32VNM_N05.09" imageFormat="JPEG2000">
{files}</Granule></Granule_List></Product_Organisation></Product_Info>
<Product_Image_Characteristics><{quantification} unit="none">{spec.quantification}</{quantification}>{offsets}
<Spectral_Information_List>{spectral}</Spectral_Information_List></Product_Image_Characteristics></n1:General_Info>
<n1:Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint>{footprint}</Global_Footprint></Product_Footprint></Product_Footprint></n1:Geometric_Info>
</n1:Level-{spec.level[1:]}_User_Product>"""


def angle_grid(zenith, azimuth):
    def values(table):
        return "".join(f"<VALUES>{' '.join(str(v) for v in row)}</VALUES>" for row in table)

    step = '<COL_STEP unit="m">5000</COL_STEP><ROW_STEP unit="m">5000</ROW_STEP>'
    return "".join(
        f"<{name}>{step}<Values_List>{values(table)}</Values_List></{name}>" for name, table in (("Zenith", zenith), ("Azimuth", azimuth))
    )


def tile_xml(spec, sun=None, view=None):
    """Return tile metadata; ``sun`` is (zenith, azimuth) tables, ``view`` maps (band id, detector) to such tables."""
    sun = sun or ([[50.0, 50.0, 50.0]] * 3, [[160.0, 160.0, 160.0]] * 3)
    view = {(1, 4): ([[8.0] * 3] * 3, [[100.0] * 3] * 3)} if view is None else view
    views = "".join(
        f'<Viewing_Incidence_Angles_Grids bandId="{band}" detectorId="{detector}">{angle_grid(*tables)}</Viewing_Incidence_Angles_Grids>'
        for (band, detector), tables in view.items()
    )
    angles = f"<Tile_Angles><Sun_Angles_Grid>{angle_grid(*sun)}</Sun_Angles_Grid>{views}</Tile_Angles>" if spec.angles else ""
    sizes = "".join(
        f'<Size resolution="{p}"><NROWS>{spec.size_px * 10 // p}</NROWS><NCOLS>{spec.size_px * 10 // p}</NCOLS></Size>'
        f'<Geoposition resolution="{p}"><ULX>{ULX}</ULX><ULY>{ULY}</ULY><XDIM>{p}</XDIM><YDIM>-{p}</YDIM></Geoposition>'
        for p in (10, 20, 60)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-{spec.level[1:]}_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-{spec.level[1:]}_Tile_Metadata.xsd">
<n1:General_Info><TILE_ID>S2B_OPER_MSI_{spec.level}_TL_2BPS_20230823T125347_A033755_T32VNM_N05.09</TILE_ID>
<SENSING_TIME>2023-08-23T10:50:01.1234Z</SENSING_TIME></n1:General_Info>
<n1:Geometric_Info><Tile_Geocoding><HORIZONTAL_CS_NAME>WGS84 / UTM zone 32N</HORIZONTAL_CS_NAME>
<HORIZONTAL_CS_CODE>{CRS}</HORIZONTAL_CS_CODE>{sizes}</Tile_Geocoding>{angles}</n1:Geometric_Info></n1:Level-{spec.level[1:]}_Tile_ID>"""


def granule_name(spec):
    return f"{spec.level}_T32VNM_A033755_20230823T104846"


def make_safe(parent, spec=None, name=None):
    """Write a product in compact naming and return its folder."""
    spec = spec or Spec()
    name = name or NAME.replace("L1C", spec.level)
    product = Path(parent) / f"{name}.SAFE"
    granule = product / "GRANULE" / granule_name(spec)
    granule.mkdir(parents=True)
    (product / "manifest.safe").write_text("<xfdu/>")
    (product / f"MTD_MSI{spec.level}.xml").write_text(product_xml(spec, name))
    (granule / "MTD_TL.xml").write_text(tile_xml(spec))
    for band in spec.bands:
        if spec.level == "L1C":
            write_band(granule / "IMG_DATA" / f"T32VNM_20230823T104629_{band}.jp2", dn_of(band, spec.size_px), PIXEL_M[band])
            continue
        for pixel_m in (p for p in (10, 20, 60) if p >= PIXEL_M[band]):
            file = granule / "IMG_DATA" / f"R{pixel_m}m" / f"T32VNM_20230823T104629_{band}_{pixel_m}m.jp2"
            write_band(file, dn_of(band, spec.size_px, pixel_m), pixel_m)
    masks = {"MSK_DETFOO_B04.jp2": np.full((6, 6), 3, np.uint8), "MSK_CLDPRB_20m.jp2": np.full((6, 6), 9, np.uint8)}
    for mask, samples in masks.items():
        write_band(granule / "QI_DATA" / mask, samples, 200)
    return product


def make_zip(path, folder, *, inside="", keep_root=True):
    """Zip a folder, below ``inside``, with or without its own name as the root."""
    root = folder.parent if keep_root else folder
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{inside}{file.relative_to(root).as_posix()}")
    return path


def make_stac(parent, *, applied, offset=-0.1, name="S2B_32VNM_20230823_0_L2A", size_px=120, driver="GTiff"):
    """Write a folder of band files with a STAC item; hrefs of bands other than those written are remote."""
    folder = Path(parent) / name
    assets = {}
    for common, band in (("blue", "B02"), ("red", "B04"), ("swir16", "B11")):
        write_band(folder / f"{band}.tif", dn_of(band, size_px), PIXEL_M[band], driver=driver)
        assets[common] = {
            "href": f"{band}.tif",
            "eo:bands": [{"name": common}],
            "raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": offset}],
        }
    write_band(folder / "SCL.tif", np.full((60, 60), 4, np.uint8), 20, driver="GTiff")
    assets["scl"] = {"href": "SCL.tif", "raster:bands": [{"nodata": 0}]}
    assets["green"] = {"href": "https://example.com/B03.tif", "eo:bands": [{"name": "green"}]}
    properties = {
        "datetime": "2023-08-23T10:50:01.123000Z",
        "platform": "sentinel-2b",
        "mgrs:utm_zone": 32,
        "mgrs:latitude_band": "V",
        "mgrs:grid_square": "NM",
        "s2:processing_baseline": "05.09",
        "s2:product_type": "S2MSI2A",
        "s2:datatake_id": "GS2B_20230823T104629_033755_N05.09",
        "s2:product_uri": NAME.replace("L1C", "L2A") + ".SAFE",
    }
    if applied is not None:
        properties["earthsearch:boa_offset_applied"] = applied
    item = {"type": "Feature", "stac_version": "1.0.0", "id": name, "properties": properties, "assets": assets}
    (folder / f"{name}.json").write_text(json.dumps(item))
    return folder
