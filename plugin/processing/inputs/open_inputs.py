"""Opening what the parameters name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.base.errors import InputError
from ...core.base.progress import Progress, check, step
from ..translation import tr
from .layers import VectorFile

if TYPE_CHECKING:
    from ...core.clouds.polygons import CloudPolygons
    from ...core.scenes import Scene


def open_one_scene(path: str, progress: Progress) -> Scene:
    """Open the one scene that a path names."""
    from ...core.scenes import find_scenes, open_scene

    if not path:
        raise InputError(tr("INPUT names no scene; give a product's folder, zip or file."))
    if not Path(path).is_dir():
        return told(open_scene(path), progress)
    found = find_scenes(path)
    if len(found) > 1:
        raise InputError(
            tr("{path} holds {count} scenes; give one of them, such as {first}.").format(path=path, count=len(found), first=found[0])
        )
    return told(open_scene(found[0] if found else path), progress)


def open_scenes(paths: Sequence[str], progress: Progress) -> list[Scene]:
    """Open the scenes that paths name, in order; a folder stands for every product below it."""
    from ...core.scenes import find_scenes, open_scene

    products: list[Path | str] = []
    for path in paths:
        found = find_scenes(path) if Path(path).is_dir() else [path]
        if not found:
            raise InputError(tr("{path} holds no Sentinel-2 product; give a product or a folder of products.").format(path=path))
        products.extend(found)
    if not products:
        raise InputError(tr("INPUTS names no scene; give products' folders, zips or files."))
    scenes = []
    for index, product in enumerate(products):
        check(progress)
        step(progress, index, len(products)).report(0, tr("Opening {name}").format(name=Path(product).name))
        scenes.append(told(open_scene(product), progress))
    return scenes


def told(scene: Scene, progress: Progress) -> Scene:
    """Return a scene, having said what its user should know of its files."""
    for note in scene.notes:
        progress.warn(note)
    return scene


def open_polygons(source: VectorFile, progress: Progress) -> CloudPolygons:
    """Read the cloud polygons of a file."""
    from ...core.clouds.polygons import read_polygons

    return read_polygons(source.path, source.layer or None, progress)
