"""A saved QGIS model that chains the algorithms, run headless: guidelines, then the mosaic, then its picture."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

MODEL = Path(__file__).resolve().parents[1] / "models" / "cloud_free.model3"


def test_saved_model_chains_guidelines_mosaic_and_picture(qgis_process, scenes, tmp_path):
    outputs = {
        name: tmp_path / file for name, file in {"clouds": "c.gpkg", "mosaic": "m.tif", "source": "s.tif", "picture": "p.tif"}.items()
    }
    run = qgis_process.run(str(MODEL), {"scenes": [str(scene) for scene in scenes], "smallest": 1, **outputs})
    assert run.code == 0, run.text
    assert {name: run.results[name] for name in outputs} == {name: str(path) for name, path in outputs.items()}
    clouds = gpd.read_file(outputs["clouds"])
    assert len(clouds) and np.isfinite(clouds.total_bounds).all()
    mosaic, source, picture = (rasterio.open(outputs[name]) for name in ("mosaic", "source", "picture"))
    with mosaic, source, picture:
        data = mosaic.read(1) > 0
        assert mosaic.count == 10 and data.any()
        hidden = _inside_own_polygon(clouds, source)
        assert not hidden.any(), f"{hidden.sum()} pixels lie in a polygon of their own scene"
        assert np.array_equal(picture.read(1) > 0, data)


def _inside_own_polygon(clouds: gpd.GeoDataFrame, source: rasterio.DatasetReader) -> np.ndarray:
    """Return where a pixel's centre lies in a polygon of the scene it was taken from."""
    from rasterio.features import rasterize

    index = source.read(1)
    hidden = np.zeros(index.shape, bool)
    for name, scene in source.tags().items():
        shapes = clouds.loc[clouds["scene"] == scene, "geometry"]
        if name.startswith("SCENE_") and len(shapes):
            burnt = rasterize(shapes, index.shape, transform=source.transform)
            hidden |= (burnt > 0) & (index == int(name.removeprefix("SCENE_")))
    return hidden
