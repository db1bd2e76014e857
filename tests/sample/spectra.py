"""Reflectance of surfaces, clouds and air in the bands of Sentinel-2's MSI.

Values are typical of the spectral libraries and scenes of boreal Europe in summer; they are plausible, not measured.
"""

from __future__ import annotations

import numpy as np

ALL_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""Every band of MSI in the order of ESA's ``bandId``."""

BAND_M = dict.fromkeys(("B02", "B03", "B04", "B08"), 10) | dict.fromkeys(("B01", "B09", "B10"), 60)
"""Nominal ground sampling in metres; 20 for all others."""

SURFACES: dict[str, tuple[float, ...]] = {
    "conifer": (0.022, 0.027, 0.046, 0.028, 0.066, 0.180, 0.222, 0.242, 0.255, 0.250, 0.001, 0.128, 0.060),
    "birch": (0.023, 0.030, 0.060, 0.033, 0.090, 0.280, 0.350, 0.375, 0.390, 0.385, 0.001, 0.190, 0.085),
    "bog": (0.034, 0.042, 0.068, 0.066, 0.104, 0.178, 0.212, 0.235, 0.250, 0.245, 0.001, 0.215, 0.122),
    "meadow": (0.032, 0.042, 0.080, 0.057, 0.120, 0.265, 0.320, 0.345, 0.360, 0.360, 0.001, 0.225, 0.120),
    "green crop": (0.026, 0.035, 0.070, 0.040, 0.100, 0.320, 0.415, 0.445, 0.460, 0.450, 0.001, 0.200, 0.092),
    "ripe crop": (0.055, 0.073, 0.105, 0.125, 0.160, 0.215, 0.245, 0.270, 0.290, 0.290, 0.001, 0.320, 0.210),
    "soil": (0.058, 0.072, 0.095, 0.120, 0.142, 0.160, 0.172, 0.190, 0.205, 0.210, 0.001, 0.265, 0.225),
    "rock": (0.100, 0.115, 0.140, 0.155, 0.165, 0.178, 0.185, 0.195, 0.202, 0.202, 0.001, 0.230, 0.190),
    "built": (0.095, 0.115, 0.135, 0.148, 0.160, 0.182, 0.192, 0.208, 0.214, 0.214, 0.001, 0.220, 0.190),
    "water": (0.042, 0.042, 0.046, 0.026, 0.012, 0.009, 0.008, 0.007, 0.006, 0.006, 0.001, 0.004, 0.003),
    "snow": (0.880, 0.895, 0.890, 0.880, 0.870, 0.855, 0.840, 0.825, 0.800, 0.740, 0.020, 0.110, 0.085),
}
"""Reflectance at the ground, one value per band of `ALL_BANDS`."""

AIR_REFLECTANCE = (0.105, 0.074, 0.042, 0.024, 0.020, 0.015, 0.012, 0.010, 0.008, 0.004, 0.001, 0.002, 0.001)
"""Path reflectance of clear air above the ground: what L1C has and L2A has not."""

AIR_TRANSMISSION = (0.80, 0.85, 0.88, 0.92, 0.92, 0.94, 0.95, 0.95, 0.97, 0.42, 0.002, 0.95, 0.93)
"""Two-way transmission of the air between ground and satellite."""

HAZE = (1.15, 1.00, 0.78, 0.62, 0.55, 0.48, 0.44, 0.38, 0.35, 0.30, 0.02, 0.16, 0.10)
"""Haze by band, relative to B02."""

DIFFUSE_LIGHT = (0.44, 0.40, 0.34, 0.29, 0.27, 0.25, 0.24, 0.23, 0.22, 0.22, 0.2, 0.17, 0.15)
"""Share of the light that remains in the deep shadow of a cloud."""

WATER_CLOUD = (0.98, 1.00, 1.00, 1.00, 1.00, 1.01, 1.01, 1.01, 1.00, 0.82, 0.02, 0.66, 0.50)
"""Reflectance of a cloud of droplets relative to that of an absorption-free one."""

ICE_CLOUD = (0.98, 1.00, 1.00, 1.00, 1.00, 1.01, 1.01, 1.01, 1.00, 0.95, 0.80, 0.52, 0.42)
"""The same for a cloud of ice, which also shows in B10 because it is above the water vapour."""


def column(values: tuple[float, ...], bands: tuple[str, ...]) -> np.ndarray:
    """Return the values of ``bands`` as float32."""
    return np.array([values[ALL_BANDS.index(band)] for band in bands], np.float32)


def ground_m(band: str) -> int:
    """Return the nominal ground sampling of a band in metres."""
    return BAND_M.get(band, 20)
