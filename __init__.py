"""Skyfri: from Sentinel-2 tiles to a country's cloud-free mosaic, in QGIS and headless."""


def classFactory(iface: object) -> object:  # noqa: N802 (the name is QGIS's)
    """Return the plugin; QGIS calls this once when the plugin is enabled."""
    from .plugin.plugin import SkyfriPlugin

    return SkyfriPlugin(iface)
