"""Loading and unloading leaves nothing behind, with and without a desktop."""

from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QAction
from skyfri import classFactory


def provider():
    return QgsApplication.processingRegistry().providerById("skyfri")


def test_headless_the_plugin_brings_its_provider_and_takes_it_away(qgis_app):
    plugin = classFactory(None)
    plugin.initGui()
    assert provider() is not None and len(provider().algorithms()) > 5
    plugin.unload()
    assert provider() is None


def test_in_the_desktop_it_adds_one_action_and_undoes_it(qgis_app, qgis_iface, monkeypatch):
    added, removed = [], []
    monkeypatch.setattr(qgis_iface, "addPluginToRasterMenu", lambda menu, action: added.append(action), raising=False)
    monkeypatch.setattr(qgis_iface, "addRasterToolBarIcon", added.append, raising=False)
    monkeypatch.setattr(qgis_iface, "removePluginRasterMenu", lambda menu, action: removed.append(action), raising=False)
    monkeypatch.setattr(qgis_iface, "removeRasterToolBarIcon", removed.append, raising=False)
    plugin = classFactory(qgis_iface)
    plugin.initGui()
    assert len(added) == 2 and isinstance(added[0], QAction) and added[0].isCheckable()
    assert provider() is not None
    plugin.unload()
    assert removed == added and provider() is None
    plugin.unload()  # once more does no harm
