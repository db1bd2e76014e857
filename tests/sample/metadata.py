"""The XML files of a product, in the structure of ESA's product specification, with the scene's own facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from rasterio.warp import transform
from shapely.geometry import Polygon

from .geometry import Angles, angles_of, detector_angles
from .observe import SampleScene
from .spectra import ALL_BANDS, ground_m

_PSD = "https://psd-14.sentinel2.eo.esa.int/PSD"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_STATION = "2APS"
_SUN_W = (1884.69, 1959.66, 1823.24, 1512.06, 1424.64, 1287.61, 1162.08, 1041.63, 955.32, 812.92, 367.15, 245.59, 85.25)
_CENTRE_NM = (442.7, 492.7, 559.8, 664.6, 704.1, 740.5, 782.8, 832.8, 864.7, 945.1, 1373.5, 1613.7, 2202.4)
_SCENE_CLASSES = (
    *("NODATA", "SATURATED_DEFECTIVE", "CAST_SHADOW", "CLOUD_SHADOW", "VEGETATION", "NOT_VEGETATED", "WATER", "UNCLASSIFIED"),
    *("CLOUD_MEDIUM_PROBA", "CLOUD_HIGH_PROBA", "THIN_CIRRUS", "SNOW_ICE"),
)


@dataclass(frozen=True)
class ProductNames:
    """Names inside one product, all made from its scene."""

    scene: SampleScene
    """The scene."""
    level: str
    """``L1C`` or ``L2A``."""

    @property
    def baseline(self) -> str:
        """Such as ``05.10``."""
        return self.scene.overflight.baseline

    @property
    def made(self) -> datetime:
        """When the product was made."""
        return datetime.strptime(self.scene.id[-15:] + "+0000", "%Y%m%dT%H%M%S%z")

    @property
    def sensed(self) -> datetime:
        """When the tile's middle was seen."""
        return self.scene.overflight.start + timedelta(seconds=131, milliseconds=417)

    @property
    def strip_time(self) -> str:
        """Start of the datastrip."""
        return f"{self.scene.overflight.start - timedelta(seconds=1):%Y%m%dT%H%M%S}"

    @property
    def granule(self) -> str:
        """Folder of the granule."""
        overflight = self.scene.overflight
        return f"{self.level}_T{self.scene.tile.name}_A{overflight.absolute_orbit:06d}_{self.strip_time}"

    @property
    def granule_id(self) -> str:
        """Identifier of the granule."""
        return self._identifier("TL", f"A{self.scene.overflight.absolute_orbit:06d}_T{self.scene.tile.name}")

    @property
    def strip_id(self) -> str:
        """Identifier of the datastrip."""
        return self._identifier("DS", f"S{self.strip_time}")

    @property
    def strip(self) -> str:
        """Folder of the datastrip."""
        return f"DS_{_STATION}_{self.made:%Y%m%dT%H%M%S}_S{self.strip_time}"

    def image(self, what: str) -> str:
        """Return the path of an image below the product, without suffix; ``what`` is a band, TCI or SCL."""
        stem = f"T{self.scene.tile.name}_{self.scene.overflight.start:%Y%m%dT%H%M%S}_{what}"
        folder = f"GRANULE/{self.granule}/IMG_DATA"
        if self.level == "L1C":
            return f"{folder}/{stem}"
        metres = {"TCI": 10, "SCL": 20}.get(what) or ground_m(what)
        return f"{folder}/R{metres}m/{stem}_{metres}m"

    def mask(self, name: str) -> str:
        """Return the path of a file of the granule's quality information."""
        return f"GRANULE/{self.granule}/QI_DATA/{name}"

    def _identifier(self, kind: str, rest: str) -> str:
        head = f"{self.scene.overflight.platform}_OPER_MSI_{self.level}_{kind}_{_STATION}"
        return f"{head}_{self.made:%Y%m%dT%H%M%S}_{rest}_N{self.baseline}"


def radiometric_offset(baseline: str) -> int:
    """Return the offset in DN that products of a baseline carry."""
    return -1000 if float(baseline) >= 4 else 0


def product_xml(names: ProductNames, images: list[str], cloud_pct: float) -> str:
    """Return ``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml``."""
    overflight, level = names.scene.overflight, names.level
    at = f"{overflight.start:%Y-%m-%dT%H:%M:%S}.024Z"
    platform = {"S2A": "Sentinel-2A", "S2B": "Sentinel-2B"}[overflight.platform]
    listed = _lines(f"<IMAGE_FILE>{path}</IMAGE_FILE>" for path in images)
    return f"""{_HEAD}<n1:Level-{level[1:]}_User_Product xmlns:n1="{_PSD}/User_Product_Level-{level[1:]}.xsd" {_XSI}>
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{at}</PRODUCT_START_TIME>
      <PRODUCT_STOP_TIME>{at}</PRODUCT_STOP_TIME>
      <PRODUCT_URI>{names.scene.id}.SAFE</PRODUCT_URI>
      <PROCESSING_LEVEL>Level-{level[1:]}</PROCESSING_LEVEL>
      <PRODUCT_TYPE>S2MSI{level[1:]}</PRODUCT_TYPE>
      <PROCESSING_BASELINE>{names.baseline}</PROCESSING_BASELINE>
      <GENERATION_TIME>{names.made:%Y-%m-%dT%H:%M:%S}.000000Z</GENERATION_TIME>
      <PREVIEW_IMAGE_URL>Not applicable</PREVIEW_IMAGE_URL>
      <PREVIEW_GEO_INFO>Not applicable</PREVIEW_GEO_INFO>
      <Datatake datatakeIdentifier="{overflight.datatake}">
        <SPACECRAFT_NAME>{platform}</SPACECRAFT_NAME>
        <DATATAKE_TYPE>INS-NOBS</DATATAKE_TYPE>
        <DATATAKE_SENSING_START>{at}</DATATAKE_SENSING_START>
        <SENSING_ORBIT_NUMBER>{overflight.relative_orbit}</SENSING_ORBIT_NUMBER>
        <SENSING_ORBIT_DIRECTION>DESCENDING</SENSING_ORBIT_DIRECTION>
      </Datatake>
      <Query_Options completeSingleTile="true">
        <PRODUCT_FORMAT>SAFE_COMPACT</PRODUCT_FORMAT>
      </Query_Options>
      <Product_Organisation>
        <Granule_List>
          <Granule datastripIdentifier="{names.strip_id}" granuleIdentifier="{names.granule_id}" imageFormat="JPEG2000">
{listed}
          </Granule>
        </Granule_List>
      </Product_Organisation>
    </Product_Info>
    <Product_Image_Characteristics>
{_image_characteristics(names)}
    </Product_Image_Characteristics>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Product_Footprint>
      <Product_Footprint>
        <Global_Footprint>
          <EXT_POS_LIST>{_footprint(names)}</EXT_POS_LIST>
        </Global_Footprint>
      </Product_Footprint>
      <RASTER_CS_TYPE>POINT</RASTER_CS_TYPE>
      <PIXEL_ORIGIN>1</PIXEL_ORIGIN>
    </Product_Footprint>
    <Coordinate_Reference_System>
      <GEO_TABLES version="1">EPSG</GEO_TABLES>
      <HORIZONTAL_CS_TYPE>GEOGRAPHIC</HORIZONTAL_CS_TYPE>
    </Coordinate_Reference_System>
  </n1:Geometric_Info>
  <n1:Quality_Indicators_Info>
    <Cloud_Coverage_Assessment>{cloud_pct:.6f}</Cloud_Coverage_Assessment>
  </n1:Quality_Indicators_Info>
</n1:Level-{level[1:]}_User_Product>
"""


def tile_xml(names: ProductNames, masks: list[tuple[str, str, str]], cloud_pct: float, nodata_pct: float) -> str:
    """Return ``MTD_TL.xml``; ``masks`` are (type, band or empty, path)."""
    level, scene = names.level, names.scene
    zone = scene.tile.grid.crs[-2:]
    sun = angles_of(scene.tile, scene.overflight.sun)
    view = angles_of(scene.tile, scene.overflight.view)
    detectors = detector_angles(scene.tile, scene.overflight)
    bands = [band for band in ALL_BANDS if not (level == "L2A" and band == "B10")]
    grids = "\n".join(
        f'      <Viewing_Incidence_Angles_Grids bandId="{ALL_BANDS.index(band)}" detectorId="{detector}">\n{_grid_xml(angles)}\n'
        "      </Viewing_Incidence_Angles_Grids>"
        for band in bands
        for detector, angles in detectors.items()
    )
    means = _lines(
        f'<Mean_Viewing_Incidence_Angle bandId="{ALL_BANDS.index(b)}">{_mean(view)}</Mean_Viewing_Incidence_Angle>' for b in bands
    )
    listed = _lines(f'<MASK_FILENAME{_band_id(band)} type="{kind}">{path}</MASK_FILENAME>' for kind, band, path in masks)
    return f"""{_HEAD}<n1:Level-{level[1:]}_Tile_ID xmlns:n1="{_PSD}/S2_PDI_Level-{level[1:]}_Tile_Metadata.xsd" {_XSI}>
  <n1:General_Info>
    <TILE_ID metadataLevel="Brief">{names.granule_id}</TILE_ID>
    <DATASTRIP_ID metadataLevel="Standard">{names.strip_id}</DATASTRIP_ID>
    <DOWNLINK_PRIORITY metadataLevel="Standard">NOMINAL</DOWNLINK_PRIORITY>
    <SENSING_TIME metadataLevel="Standard">{names.sensed:%Y-%m-%dT%H:%M:%S.%f}Z</SENSING_TIME>
    <Archiving_Info metadataLevel="Expertise">
      <ARCHIVING_CENTRE>{_STATION}</ARCHIVING_CENTRE>
      <ARCHIVING_TIME>{names.made:%Y-%m-%dT%H:%M:%S}.000000Z</ARCHIVING_TIME>
    </Archiving_Info>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Tile_Geocoding metadataLevel="Brief">
      <HORIZONTAL_CS_NAME>WGS84 / UTM zone {zone}N</HORIZONTAL_CS_NAME>
      <HORIZONTAL_CS_CODE>{scene.tile.grid.crs}</HORIZONTAL_CS_CODE>
{_geocoding(names)}
    </Tile_Geocoding>
    <Tile_Angles metadataLevel="Standard">
      <Sun_Angles_Grid>
{_grid_xml(sun)}
      </Sun_Angles_Grid>
      <Mean_Sun_Angle>{_mean(sun)}</Mean_Sun_Angle>
{grids}
      <Mean_Viewing_Incidence_Angle_List>
{means}
      </Mean_Viewing_Incidence_Angle_List>
    </Tile_Angles>
  </n1:Geometric_Info>
  <n1:Quality_Indicators_Info metadataLevel="Standard">
    <Image_Content_QI>
      <CLOUDY_PIXEL_PERCENTAGE>{cloud_pct:.6f}</CLOUDY_PIXEL_PERCENTAGE>
      <DEGRADED_MSI_DATA_PERCENTAGE>0.0</DEGRADED_MSI_DATA_PERCENTAGE>
      <NODATA_PIXEL_PERCENTAGE>{nodata_pct:.6f}</NODATA_PIXEL_PERCENTAGE>
    </Image_Content_QI>
    <Pixel_Level_QI geometry="FULL_RESOLUTION">
{listed}
    </Pixel_Level_QI>
    <PVI_FILENAME>{names.mask("")}T{scene.tile.name}_{scene.overflight.start:%Y%m%dT%H%M%S}_PVI.jp2</PVI_FILENAME>
  </n1:Quality_Indicators_Info>
</n1:Level-{level[1:]}_Tile_ID>
"""


def strip_xml(names: ProductNames) -> str:
    """Return ``MTD_DS.xml``, in short."""
    level, overflight = names.level, names.scene.overflight
    return f"""{_HEAD}<n1:Level-{level[1:]}_DataStrip_ID xmlns:n1="{_PSD}/S2_PDI_Level-{level[1:]}_Datastrip_Metadata.xsd" {_XSI}>
  <n1:General_Info>
    <Datatake_Info datatakeIdentifier="{overflight.datatake}">
      <SENSING_ORBIT_NUMBER>{overflight.relative_orbit}</SENSING_ORBIT_NUMBER>
    </Datatake_Info>
    <Processing_Info>
      <PROCESSING_BASELINE>{names.baseline}</PROCESSING_BASELINE>
    </Processing_Info>
  </n1:General_Info>
</n1:Level-{level[1:]}_DataStrip_ID>
"""


def footprint_gml(names: ProductNames, band: str, outlines: dict[int, Polygon]) -> str:
    """Return the detector footprint as products before baseline 04.00 carry it: ``MSK_DETFOO_Bxx.gml``."""
    grid = names.scene.tile.grid
    west, south, east, north = grid.bounds
    members = "\n".join(
        f"""    <eop:MaskFeature gml:id="detector_footprint-{band}-{detector:02d}-{number}">
      <eop:maskType codeSpace="urn:gs2:S2PDGS:maskType">DETECTOR_FOOTPRINT</eop:maskType>
      <eop:extentOf>
        <gml:Polygon gml:id="DETECTOR_FOOTPRINT.{number}_Polygon">
          <gml:exterior><gml:LinearRing><gml:posList srsDimension="3">{_positions(outline)}</gml:posList></gml:LinearRing></gml:exterior>
        </gml:Polygon>
      </eop:extentOf>
    </eop:MaskFeature>"""
        for number, (detector, outline) in enumerate(outlines.items())
    )
    name = f"{names.scene.overflight.platform}_OPER_MSK_DETFOO_{names.made:%Y%m%dT%H%M%S}_T{names.scene.tile.name}_{band}_MSI{names.level}"
    spaces = 'xmlns:eop="http://www.opengis.net/eop/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<eop:Mask {spaces} {_XSI} gml:id="{name}">
  <gml:name>MSK_DETFOO pixels mask from data-strip {name}</gml:name>
  <gml:boundedBy>
    <gml:Envelope srsName="urn:ogc:def:crs:EPSG:8.7:{grid.crs[5:]}">
      <gml:lowerCorner>{west} {south} 0</gml:lowerCorner>
      <gml:upperCorner>{east} {north} 0</gml:upperCorner>
    </gml:Envelope>
  </gml:boundedBy>
  <eop:maskMembers>
{members}
  </eop:maskMembers>
</eop:Mask>
"""


def manifest(names: ProductNames, product: Path) -> str:
    """Return ``manifest.safe``: every file of the product with size and checksum."""
    files = sorted(path for path in product.rglob("*") if path.is_file())
    kind = f"archive_{names.level.lower()}_user_product"
    objects = "\n".join(
        f"""    <dataObject ID="{escape(path.stem)}_{number}_Data">
      <byteStream mimeType="{"text/xml" if path.suffix == ".xml" else "application/octet-stream"}" size="{path.stat().st_size}">
        <fileLocation href="./{path.relative_to(product).as_posix()}" locatorType="URL"/>
        <checksum checksumName="SHA3-256">{hashlib.sha3_256(path.read_bytes()).hexdigest()}</checksum>
      </byteStream>
    </dataObject>"""
        for number, path in enumerate(files)
    )
    spaces = 'xmlns:gml="http://www.opengis.net/gml" xmlns:safe="http://www.esa.int/safe/sentinel/1.1" xmlns:xfdu="urn:ccsds:schema:xfdu:1"'
    return f"""{_HEAD}<xfdu:XFDU {spaces} version="esa/safe/sentinel/1.1/sentinel-2/msi/{kind}">
  <informationPackageMap>
    <xfdu:contentUnit textInfo="SENTINEL-2 MSI Level-{names.level[1:]} User Product" unitType="Product_Level-{names.level[1:]}"/>
  </informationPackageMap>
  <dataObjectSection>
{objects}
  </dataObjectSection>
</xfdu:XFDU>
"""


def _image_characteristics(names: ProductNames) -> str:
    offset, level = radiometric_offset(names.baseline), names.level
    values = {"NODATA": 0, "SATURATED": 65535}
    parts = [
        f"<Special_Values><SPECIAL_VALUE_TEXT>{text}</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>{value}</SPECIAL_VALUE_INDEX></Special_Values>"
        for text, value in values.items()
    ]
    if level == "L1C":
        parts.append('<QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>')
        listed, tag = "Radiometric_Offset_List", "RADIO_ADD_OFFSET"
    else:
        quantities = (("BOA", "none", "10000"), ("AOT", "none", "1000.0"), ("WVP", "cm", "1000.0"))
        inner = "".join(f'<{n}_QUANTIFICATION_VALUE unit="{unit}">{v}</{n}_QUANTIFICATION_VALUE>' for n, unit, v in quantities)
        parts.append(f"<QUANTIFICATION_VALUES_LIST>{inner}</QUANTIFICATION_VALUES_LIST>")
        listed, tag = "BOA_ADD_OFFSET_VALUES_LIST", "BOA_ADD_OFFSET"
    if offset:
        parts += [f"<{listed}>", *(f'  <{tag} band_id="{number}">{offset}</{tag}>' for number in range(13)), f"</{listed}>"]
    parts.append("<Reflectance_Conversion><U>0.9702</U><Solar_Irradiance_List>")
    parts += [f'  <SOLAR_IRRADIANCE bandId="{k}" unit="W/m²/µm">{value}</SOLAR_IRRADIANCE>' for k, value in enumerate(_SUN_W)]
    parts.append("</Solar_Irradiance_List></Reflectance_Conversion><Spectral_Information_List>")
    for number, band in enumerate(ALL_BANDS):
        physical = band if band == "B8A" else f"B{int(band[1:])}"
        wave = f'<Wavelength><CENTRAL unit="nm">{_CENTRE_NM[number]}</CENTRAL></Wavelength>'
        inner = f"<RESOLUTION>{ground_m(band)}</RESOLUTION>{wave}"
        parts.append(f'  <Spectral_Information bandId="{number}" physicalBand="{physical}">{inner}</Spectral_Information>')
    parts.append("</Spectral_Information_List>")
    if level == "L2A":
        parts.append("<Scene_Classification_List>")
        for number, text in enumerate(_SCENE_CLASSES):
            inner = f"<SCENE_CLASSIFICATION_TEXT>SC_{text}</SCENE_CLASSIFICATION_TEXT>"
            inner += f"<SCENE_CLASSIFICATION_INDEX>{number}</SCENE_CLASSIFICATION_INDEX>"
            parts.append(f"  <Scene_Classification_ID>{inner}</Scene_Classification_ID>")
        parts.append("</Scene_Classification_List>")
    return _lines(parts)


def _geocoding(names: ProductNames) -> str:
    grid = names.scene.tile.grid
    t, parts = grid.transform, []
    for metres in (10, 20, 60):
        times = metres // 10
        size = f"<NROWS>{grid.shape[0] // times}</NROWS><NCOLS>{grid.shape[1] // times}</NCOLS>"
        parts.append(f'<Size resolution="{metres}">{size}</Size>')
    for metres in (10, 20, 60):
        step = t.a * metres / 10
        corner = f"<ULX>{t.c:.10g}</ULX><ULY>{t.f:.10g}</ULY><XDIM>{step:.10g}</XDIM><YDIM>{-step:.10g}</YDIM>"
        parts.append(f'<Geoposition resolution="{metres}">{corner}</Geoposition>')
    return _lines(parts)


def _grid_xml(angles: Angles) -> str:
    parts = []
    for name, values in (("Zenith", angles.zenith_deg), ("Azimuth", angles.azimuth_deg)):
        rows = "".join(f"<VALUES>{' '.join('NaN' if np.isnan(v) else f'{v:.6g}' for v in row)}</VALUES>\n" for row in values)
        step = '<COL_STEP unit="m">5000</COL_STEP><ROW_STEP unit="m">5000</ROW_STEP>'
        parts.append(f"<{name}>{step}<Values_List>\n{rows}</Values_List></{name}>")
    return "\n".join(parts)


def _mean(angles: Angles) -> str:
    east = np.sin(np.radians(angles.azimuth_deg)).mean()
    north = np.cos(np.radians(angles.azimuth_deg)).mean()
    azimuth = np.degrees(np.arctan2(east, north)) % 360
    zenith = f'<ZENITH_ANGLE unit="deg">{angles.zenith_deg.mean():.8f}</ZENITH_ANGLE>'
    return f'{zenith}<AZIMUTH_ANGLE unit="deg">{azimuth:.8f}</AZIMUTH_ANGLE>'


def _footprint(names: ProductNames) -> str:
    west, south, east, north = names.scene.tile.grid.bounds
    longitudes, latitudes = transform(
        names.scene.tile.grid.crs, "EPSG:4326", [west, east, east, west, west], [north, north, south, south, north]
    )
    return " ".join(f"{lat:.12f} {lon:.12f}" for lon, lat in zip(longitudes, latitudes, strict=True)) + " "


def _positions(outline: Polygon) -> str:
    return " ".join(f"{x:.4f} {y:.4f} 0" for x, y in outline.exterior.coords)


def _band_id(band: str) -> str:
    return f' bandId="{ALL_BANDS.index(band)}"' if band else ""


def _lines(parts: object) -> str:
    return "\n".join(f"      {part}" for part in parts)  # type: ignore[attr-defined]
