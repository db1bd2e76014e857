"""Small scenes and networks with known answers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from affine import Affine
from onnx import TensorProto, helper
from skyfri.plugin.core.clouds.network.card import ModelCard
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene
from skyfri.plugin.core.scenes.scene import Scene


def grid_of_shape(shape: tuple[int, int], pixel_m: float = 10.0) -> Grid:
    return Grid("EPSG:32633", Affine(pixel_m, 0, 500_000, 0, -pixel_m, 6_000_000), shape)


@pytest.fixture
def make_scene(tmp_path: Path) -> Callable[..., Scene]:
    """A band-stack scene of given uint16 samples (bands, rows, cols)."""

    def make(samples: np.ndarray, names: Sequence[str] = ("B02", "B03"), pixel_m: float = 10.0, **tags: str) -> Scene:
        path = tmp_path / f"{tags.get('SCENE_ID', 'scene')}.tif"
        grid = grid_of_shape(samples.shape[1:], pixel_m)
        write_array(path, samples.astype(np.uint16), RasterSpec(grid, "uint16", tuple(names), 0, {"LEVEL": "L1C", **tags}))
        return open_scene(path)

    return make


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., ModelCard]:
    """A one-convolution network: a patch's classes are a fixed linear mixture of its bands at each pixel."""

    def make(weights: Sequence[Sequence[float]], *, patch_px: int = 32, kernel: int = 1, **fields: object) -> ModelCard:
        matrix = np.array(weights, np.float32)
        classes, bands = matrix.shape
        kernels = np.repeat(np.repeat(matrix[:, :, None, None], kernel, 2), kernel, 3) / kernel**2
        initializer = helper.make_tensor("w", TensorProto.FLOAT, kernels.shape, kernels.ravel())
        node = helper.make_node("Conv", ["input", "w"], ["output"], pads=[kernel // 2] * 4)
        graph = helper.make_graph(
            [node],
            "mixture",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", bands, patch_px, patch_px])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", classes, patch_px, patch_px])],
            [initializer],
        )
        path = tmp_path / "mixture.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        values = {
            "id": "mixture",
            "title": "mixture",
            "path": str(path),
            "bands": ("B02", "B03")[:bands],
            "classes": ("cloud", "shadow")[:classes],
            "activation": "none",
            "patch_px": patch_px,
            "step_px": patch_px * 3 // 4,
            "margin_px": patch_px // 8,
            "ground_sampling_m": 10.0,
        }
        return ModelCard(**{**values, **fields})

    return make
