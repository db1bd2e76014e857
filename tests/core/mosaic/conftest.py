"""Small sample countries with known truth, made once per session."""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.polygons import CloudPolygons, read_polygons
from skyfri.plugin.core.scenes import Scene, open_scene
from skyfri.tests.sample import SampleOptions, make_stacks, read_truth

FOUR = ("B02", "B03", "B04", "B08")


@dataclass(frozen=True)
class Sample:
    """Scenes, their polygons and the truth behind them."""

    folder: Path
    scenes: list[Scene]
    clouds: CloudPolygons
    gain: dict[str, dict[str, float]]
    offset: dict[str, dict[str, float]]


def make_sample(folder: Path, **options: object) -> Sample:
    options = {"size_px": 600, "pixel_m": 60.0, "tiles": 2, "dates": 3, "bands": FOUR, **options}
    scenes = [open_scene(path) for path in make_stacks(folder, SampleOptions(**options))]
    truth = read_truth(folder)
    known = {kind: {name: facts[kind] for name, facts in truth.scenes.items()} for kind in ("gain", "offset")}
    return Sample(folder, scenes, read_polygons(truth.clouds), known["gain"], known["offset"])


def meeting_pairs(plan) -> list[tuple[int, int]]:
    """Return the ranks of every two scenes whose windows share a pixel."""
    return [(one.rank, other.rank) for one, other in combinations(plan.scenes, 2) if not one.window.intersect(other.window).is_empty]


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Sample:
    """Two tiles on three dates, 600 px each, cumulus, sheets and a swath edge."""
    return make_sample(tmp_path_factory.mktemp("sample"))


class Listener(Silent):
    """Progress that remembers warnings and cancels after some reports."""

    def __init__(self, patience=10**9):
        self.warnings, self.reports, self.patience = [], [], patience

    def report(self, fraction, message=""):
        self.reports.append(fraction)

    def warn(self, message):
        self.warnings.append(message)

    def is_cancelled(self):
        return len(self.reports) > self.patience
