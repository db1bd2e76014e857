"""A scene's true-colour picture for the screen: a small VRT over the product's own files, no pixels copied.

The VRT states scale and offset, so that viewers show and identify reflectance (0.08, not 1803), and one fixed
stretch (ui/styles/picture.qml) makes all scenes comparable whatever their processing baseline.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..base.drafts import write_text
from ..raster.read import open_raster
from ..raster.vrt import FileBand, files_vrt
from ..scenes.msi import RGB
from ..scenes.naming import file_stem
from ..scenes.scene import BandFile, Scene


def pictures_folder(folder: Path, name: str) -> Path:
    """Return the folder of the pictures of a workspace, which is called ``name`` and has its own files in ``folder``."""
    return folder / f"{name}_pictures"


def picture_file(pictures: Path, scene_id: str) -> Path:
    """Return where the picture of a scene lies in their folder."""
    return pictures / f"{file_stem(scene_id)}.vrt"


def write_picture(scene: Scene, path: Path) -> None:
    """Write the VRT of a scene in true colour, or in grey where it lacks one of the three bands.

    Only the headers of the band files are read. Raises `InputError` for a broken file, `OutputError` where the
    folder cannot be written.
    """
    names = RGB if all(name in scene.bands for name in RGB) else (next(iter(scene.bands)),) * 3
    bands = [_shown(scene.bands[name], colour) for name, colour in zip(names, ("Red", "Green", "Blue"), strict=True)]
    write_text(path, files_vrt(scene.grid, bands))


def _shown(band: BandFile, colour: str) -> FileBand:
    with open_raster(band.path) as dataset:
        return FileBand(
            band.path if band.path.startswith("/vsi") else os.fspath(Path(band.path).absolute()),
            dataset.dtypes[band.index - 1],
            band.index,
            dataset.transform,
            dataset.shape,
            dataset.block_shapes[band.index - 1],
            colour,
            nodata=0,
            scaling=(band.offset * band.scale, band.scale),
        )
