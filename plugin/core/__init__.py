"""The computing core: scenes, clouds, editing, mosaic, compare; importable without QGIS, Qt or Dask."""
