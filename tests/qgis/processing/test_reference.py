"""The page of algorithms is what the algorithms say of themselves."""

import subprocess
import sys
from pathlib import Path

from skyfri.plugin.processing.provider import ALGORITHMS

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "algorithms.md"


def test_the_page_is_current():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_reference.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_page_names_every_parameter_and_output(qgis_app):
    sections = PAGE.read_text(encoding="utf-8").split("\n## skyfri:")[1:]
    by_name = {section.split("\n", maxsplit=1)[0]: section for section in sections}
    assert list(by_name) == [algorithm.ID for algorithm in ALGORITHMS]
    for algorithm in ALGORITHMS:
        made = algorithm()
        made.initAlgorithm({})
        for definition in (*made.parameterDefinitions(), *made.outputDefinitions()):
            assert f"`{definition.name()}`" in by_name[algorithm.ID]
        for definition in made.parameterDefinitions():
            assert definition.help().replace("|", "\\|") in by_name[algorithm.ID]
