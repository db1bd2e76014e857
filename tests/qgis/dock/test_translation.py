"""Every text is translated, and the translation is what people see."""

import importlib.util
import re
import shutil
import string
from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import QApplication, QToolButton
from skyfri.plugin.processing.translation import install_translator, tr
from skyfri.tests.qgis.dock.hands import rest, wait
from skyfri.tests.qgis.dock.sliders import write_prediction
from skyfri.ui.dock import SkyfriDock
from skyfri.ui.workspace.scene_model import DATE, STATUS

FOLDER = Path(__file__).resolve().parents[3] / "i18n"

spec = importlib.util.spec_from_file_location("skyfri_collect", FOLDER / "collect.py")
collect = importlib.util.module_from_spec(spec)
spec.loader.exec_module(collect)

LANGUAGES = sorted(path.stem.removeprefix("skyfri_") for path in FOLDER.glob("skyfri_*.ts"))


def test_norwegian_is_there():
    assert "nb" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language):
    texts, known = collect.collect(), collect.read(FOLDER / f"skyfri_{language}.ts")
    assert [text for text in texts if not known.get(text)] == [], "run: python i18n/collect.py, and translate"
    assert [text for text in known if text not in texts] == [], "run: python i18n/collect.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_ellipses_and_ends(language):
    for text, translated in collect.read(FOLDER / f"skyfri_{language}.ts").items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(t) if name is not None} for t in (text, translated)]
        assert fields[0] == fields[1], text
        assert text.endswith("…") == translated.endswith("…"), text
        assert text.endswith(".") == translated.endswith("."), text
        assert set(re.findall(r"[A-Z_]{5,}", text)) <= set(re.findall(r"[A-Z_]{5,}", translated)), f"names stay: {text}"


def test_text_that_is_no_literal_is_refused(tmp_path):
    (tmp_path / "module.py").write_text("tr(name)\n")
    with pytest.raises(SystemExit, match="one literal"):
        list(collect.texts_of(tmp_path / "module.py"))


@pytest.fixture
def norwegian(qgis_app, tmp_path):
    if not any(shutil.which(name) for name in ("lrelease", "lrelease-qt5", "lrelease6")):
        pytest.skip("Qt's lrelease is absent (qttools5-dev-tools)")
    copy = Path(shutil.copy(FOLDER / "skyfri_nb.ts", tmp_path))
    collect.compile_ts(copy)
    translator = install_translator("nb_NO", tmp_path)
    yield tmp_path
    QCoreApplication.removeTranslator(translator)


def test_the_language_of_qgis_chooses(norwegian):
    assert tr("Clouds") == "Skyer"
    for locale, found in (("nb", True), ("nb_NO", True), ("nn_NO", True), ("no", True), ("nb-NO", True), ("en_US", False), ("", False)):
        translator = install_translator(locale, norwegian)
        assert (translator is not None) == found, locale
        if translator is not None:
            QCoreApplication.removeTranslator(translator)


@pytest.mark.parametrize("width_px", [300])
def test_the_dock_speaks_norwegian_and_still_fits(norwegian, iface, provider, full_workspace, width_px, tmp_path):
    path = shutil.copy(full_workspace, tmp_path / "full.gpkg")
    dock = SkyfriDock(iface)
    iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    dock.files.open_workspace(str(path))
    rest(dock)
    write_prediction(dock.session.workspace, dock.session.scene)
    dock.actions_by_name["thresholds"].trigger()
    dock.threshold_bar.more.setChecked(True)
    headers = [dock.table.model.headerData(column, Qt.Orientation.Horizontal) for column in (DATE, STATUS)]
    assert headers == ["Dato", "Status"]
    assert dock.layers.polygons("cloud").name() == "Skyer"
    labels = [rule.label() for rule in dock.layers.polygons("cloud").renderer().rootRule().children()]
    assert labels == ["Sky", "Skygge", "Sky, nabo", "Skygge, nabo"]
    iface.window.resizeDocks([dock], [width_px], Qt.Orientation.Horizontal)
    wait(lambda: abs(dock.width() - width_px) < 3)
    for tool in dock.findChildren(QToolButton):
        if tool.isVisible() and not tool.objectName().startswith("qt_"):
            assert tool.width() >= tool.minimumSizeHint().width() - 2, tool.text()
    dock.files.close_workspace()
    dock.teardown()
    iface.window.removeDockWidget(dock)
    dock.deleteLater()
    QApplication.processEvents()
