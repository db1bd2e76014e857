"""What a user chooses of classes and polygons. Imports nothing heavy: dialogs declare their fields from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from ..base.errors import InputError

LEAST_PX = 3
"""A minimum mapping unit other than zero means at least so many pixels, however large they are."""


SIMPLIFY_SHARE = 1.5
"""Default simplification as a share of the pixel size."""


def _check_pair(name: str, grow: float, seed: float) -> None:
    """Raise `InputError` where the thresholds of a class are none; written so that NaN is none either."""
    if not 0 < grow <= seed <= 1:
        raise InputError(f"The thresholds of {name} must hold 0 < grow <= seed <= 1; grow is {grow}, seed {seed}.")


@dataclass(frozen=True)
class Thresholds:
    """From which probabilities on something is cloud or shadow; what suits depends on the network."""

    cloud_seed: float
    """A cloud needs a pixel of at least this probability, 0 to 1."""
    cloud_grow: float
    """It then reaches as far as the probability is at least this; low enough to take in soft rims, which are work to draw."""
    shadow_seed: float
    """The same for shadow."""
    shadow_grow: float
    """The same for shadow."""

    def __post_init__(self) -> None:
        _check_pair("cloud", self.cloud_grow, self.cloud_seed)
        _check_pair("shadow", self.shadow_grow, self.shadow_seed)

    def __str__(self) -> str:
        """Return them as one short text, for the attribute of a polygon."""
        return f"cloud {self.cloud_seed:g}/{self.cloud_grow:g} shadow {self.shadow_seed:g}/{self.shadow_grow:g}"

    @property
    def tags(self) -> dict[str, str]:
        """The thresholds as tags of a prediction."""
        return {name: f"{getattr(self, name.lower()):g}" for name in _TAGS}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Thresholds | None:
        """Return the thresholds that the tags of a prediction state, None where they state none that hold."""
        try:
            return cls(**{name.lower(): float(tags[name]) for name in _TAGS})
        except (KeyError, ValueError, InputError):
            return None


_TAGS = ("CLOUD_SEED", "CLOUD_GROW", "SHADOW_SEED", "SHADOW_GROW")

DEFAULT_THRESHOLDS = Thresholds(0.95, 0.7, 0.9, 0.75)
"""For predictions that state none: of cards without thresholds, and of earlier versions, whose networks found too much."""


@dataclass(frozen=True)
class ClassifyOptions:
    """How probabilities become classes. Thresholds that are None are the model's own, see `thresholds_for`."""

    cloud_seed: float | None = None
    """A cloud needs a pixel of at least this probability, 0 to 1."""
    cloud_grow: float | None = None
    """It then reaches as far as the probability is at least this."""
    shadow_seed: float | None = None
    """The same for shadow."""
    shadow_grow: float | None = None
    """The same for shadow."""
    mmu_ha: float = 0.5
    """Smallest cloud, shadow or hole, hectares; at least `LEAST_PX` pixels unless 0."""
    buffer_m: float = 0.0
    """Distance by which clouds and shadows are widened, metres, at least a pixel unless 0.

    Outlines are drawn around what was widened; the band ``origin`` of the class raster keeps the model's boundary."""
    smooth_px: float = 0.7
    """Standard deviation of the Gaussian that smooths probabilities first, pixels; 0 for none."""
    open_px: int = 0
    """Half width of the opening that removes lines and spikes, pixels; 0 for none."""
    close_px: int = 0
    """Half width of the closing that fills gaps, pixels; 0 for none."""
    geometry: bool = True
    """Whether shadows are checked against, and found from, the directions of sun and satellite."""

    def __post_init__(self) -> None:
        for name in ("cloud", "shadow"):
            seed, grow = getattr(self, f"{name}_seed"), getattr(self, f"{name}_grow")
            given = [value for value in (grow, seed) if value is not None]
            if given:
                _check_pair(name, given[0], given[-1])
        if min(self.mmu_ha, self.buffer_m, self.smooth_px, self.open_px, self.close_px) < 0:
            raise InputError("Smallest area, buffer, smoothing, opening and closing must not be negative.")

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> ClassifyOptions:
        """Return the options that a workspace remembers; what it does not tell is as by default.

        Raises `InputError` for values that are out of bounds.
        """
        known = {one.name: settings[one.name] for one in fields(cls) if isinstance(settings.get(one.name), (int, float))}
        return cls(**known)  # type: ignore[arg-type]

    def thresholds_for(self, tags: Mapping[str, str]) -> Thresholds:
        """Return the four thresholds for a prediction of these ``tags``: those that are None here as the prediction states them.

        Where only one of a pair was chosen, the other gives way so far that grow <= seed holds.
        """
        own = Thresholds.from_tags(tags) or DEFAULT_THRESHOLDS
        cloud_grow, cloud_seed = _settled_pair(self.cloud_grow, self.cloud_seed, own.cloud_grow, own.cloud_seed)
        shadow_grow, shadow_seed = _settled_pair(self.shadow_grow, self.shadow_seed, own.shadow_grow, own.shadow_seed)
        return Thresholds(cloud_seed, cloud_grow, shadow_seed, shadow_grow)

    def settled(self, tags: Mapping[str, str]) -> ClassifyOptions:
        """Return the options with every threshold a number, as for a prediction of these ``tags``."""
        return replace(self, **asdict(self.thresholds_for(tags)))


def _settled_pair(grow: float | None, seed: float | None, own_grow: float, own_seed: float) -> tuple[float, float]:
    """Return (grow, seed) of a class; the one that was not chosen gives way to the one that was."""
    if grow is None:
        return (own_grow, own_seed) if seed is None else (min(own_grow, seed), seed)
    return grow, max(own_seed, grow) if seed is None else seed


@dataclass(frozen=True)
class VectorizeOptions:
    """How classes become polygons."""

    simplify_m: float | None = None
    """Root of the area that leaving out one vertex may change, metres; None takes `SIMPLIFY_SHARE` of a pixel, 0 nothing."""
    mmu_ha: float = 0.0
    """Smallest polygon and hole, hectares; 0 leaves what the class raster holds."""

    def __post_init__(self) -> None:
        if (self.simplify_m or 0) < 0 or self.mmu_ha < 0:
            raise InputError("Simplification and smallest area must not be negative.")


@dataclass(frozen=True)
class GuidelineOptions:
    """How scenes become guideline polygons."""

    model: str = ""
    """Id or path of a model card; empty chooses by each scene's level and bands."""
    pixel_m: float | None = None
    """Pixel size of the prediction, metres; None follows the model's card."""
    classify: ClassifyOptions = field(default_factory=ClassifyOptions)
    """Probabilities to classes."""
    vectorize: VectorizeOptions = field(default_factory=VectorizeOptions)
    """Classes to polygons."""
    providers: tuple[str, ...] = ("cpu",)
    """Execution providers, first one preferred."""
    threads: int | None = None
    """Processors to use; None takes all this process may use."""
    merge_overlaps: bool = True
    """Whether neighbouring tiles of one pass share their outlines."""
    skip_failed: bool = False
    """Whether a scene that fails is left out with a warning instead of ending the run."""
    reuse: bool = False
    """Whether predictions that are there already and fit are taken instead of predicting anew."""


@dataclass(frozen=True)
class EvaluateOptions:
    """How two sets of polygons are compared."""

    pixel_m: float = 10.0
    """Pixels on which polygons are compared; a label raster brings its own."""
    mmu_ha: float = 0.0
    """Smallest area, applied to both sides before they are compared; 0 for none."""
    tolerance_px: float = 2.0
    """Distance within which boundaries count as the same."""
    draws: int = 1000
    """Draws of the bootstrap; 0 for no interval."""
    seed: int = 0
    """Of the bootstrap."""
    windows: int = 6
    """Worst windows to show."""

    def __post_init__(self) -> None:
        if self.pixel_m <= 0 or min(self.mmu_ha, self.tolerance_px, self.draws, self.windows) < 0:
            raise InputError("Pixel size must be positive; smallest area, tolerance, draws and windows must not be negative.")
