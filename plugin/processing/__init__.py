"""The Processing provider: QGIS's parameters and layers on one side, the core's functions on the other."""
