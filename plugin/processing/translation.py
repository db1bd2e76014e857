"""Texts people read: one translation context for the whole plugin, loaded by the language of QGIS."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication, QTranslator

CONTEXT = "Skyfri"
"""The one context of every text in ``i18n/skyfri_*.ts``."""

I18N_FOLDER = Path(__file__).resolve().parents[2] / "i18n"
"""Where the compiled translations lie."""

_CLOSEST = {"nn": "nb", "no": "nb"}


def tr(text: str) -> str:
    """Return ``text`` (English, a literal) in the language of QGIS."""
    return QCoreApplication.translate(CONTEXT, text)


def install_translator(locale: str, folder: Path = I18N_FOLDER) -> QTranslator | None:
    """Install the translation for ``locale`` (``nb_NO``, ``nb``, ...); None where there is none.

    The caller keeps the translator and hands it to `QCoreApplication.removeTranslator` when done.
    """
    language = locale.replace("-", "_").split("_")[0].lower()
    language = _CLOSEST.get(language, language)
    translator = QTranslator()
    if not translator.load(f"skyfri_{language}.qm", str(folder)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator
