"""The thresholds of cloud and shadow as sliders, with what they would give in view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qgis.gui import QgsDoubleSpinBox
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...plugin.core.clouds.options import ClassifyOptions
from ...plugin.processing.styles import CLOUD_COLOUR, SHADOW_COLOUR
from ...plugin.processing.translation import tr
from ..widgets.bars import row_of, tool, with_menu
from ..widgets.dots import status_dot
from ..widgets.fields import fold_button, percent_box, wrapped_label

if TYPE_CHECKING:
    from ..actions import Actions

LEAST_PERCENT, MOST_PERCENT = 1, 99
"""Bounds of every threshold; a seed of 100 % would be met by nothing that was smoothed."""

COLOURS = {"cloud": CLOUD_COLOUR, "shadow": SHADOW_COLOUR}


@dataclass(frozen=True)
class Pair:
    """The two thresholds of a class, percent."""

    grow: int
    """Probability at the rim; what the slider moves."""
    gap: int
    """How much higher the seed lies, where there is room; it stays as the slider moves."""

    @property
    def seed(self) -> int:
        """Probability that some pixel of each polygon reaches."""
        return min(self.grow + self.gap, MOST_PERCENT)

    def moved(self, grow: int) -> Pair:
        """Return the pair with another rim, the seed following."""
        return Pair(min(max(grow, LEAST_PERCENT), MOST_PERCENT), self.gap)

    def seeded(self, seed: int) -> Pair:
        """Return the pair with another seed; the rim gives way where it would lie above."""
        grow = min(self.grow, seed)
        return Pair(grow, seed - grow)


def pair_of(options: ClassifyOptions, name: str) -> Pair:
    """Return the thresholds of a class in whole percent; those that nobody chose as of a model that states none."""
    settled = options.settled({})
    grow, seed = (round(100 * getattr(settled, f"{name}_{which}")) for which in ("grow", "seed"))
    return Pair(min(max(grow, LEAST_PERCENT), MOST_PERCENT), max(0, seed - grow))


class ClassRow:
    """Dot, name, slider and number of one class, and the number of its seed for another place."""

    def __init__(self, name: str, title: str) -> None:
        self.dot, self.label = QLabel(), QLabel(title)
        self.dot.setPixmap(status_dot(COLOURS[name]).pixmap(10, 10))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"skyfri_{name}_slider")
        self.slider.setRange(LEAST_PERCENT, MOST_PERCENT)
        self.slider.setPageStep(5)
        self.grow, self.seed = (percent_box(f"skyfri_{name}_{which}", LEAST_PERCENT, MOST_PERCENT) for which in ("grow", "seed"))
        tip = tr("Probability at the rim. Lower it to draw more; the seed follows.")
        for widget in (self.label, self.slider, self.grow):
            widget.setToolTip(tip)
        self.seed.setToolTip(tr("Probability that some place inside each polygon must reach. Lower it to keep fainter ones."))

    def show(self, pair: Pair) -> None:
        """Show a pair without telling that it changed."""
        for widget, value in ((self.slider, pair.grow), (self.grow, pair.grow), (self.seed, pair.seed)):
            with QSignalBlocker(widget):
                if widget.value() != value:
                    widget.setValue(value)


class ThresholdBar(QWidget):
    """Sliders and numbers; knows nothing of scenes and maps."""

    changed = pyqtSignal()
    """The person chose other thresholds."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = ClassifyOptions().settled({})
        self._rows = {"cloud": ClassRow("cloud", tr("Cloud")), "shadow": ClassRow("shadow", tr("Shadow"))}
        self._make_finer()
        self._pairs = {name: pair_of(self._options, name) for name in self._rows}
        self.found = wrapped_label("skyfri_in_view")
        self.hint = wrapped_label("skyfri_threshold_hint")
        self.predict = QPushButton(actions["predict_first"].iconText())
        self.predict.setObjectName("skyfri_predict_first")
        self.predict.clicked.connect(actions["predict_first"].trigger)
        self._arrange(actions)
        self._connect()
        self.show_options(self._options)

    @property
    def options(self) -> ClassifyOptions:
        """What is chosen now."""
        percent = {f"{name}_{which}": getattr(pair, which) / 100 for name, pair in self._pairs.items() for which in ("grow", "seed")}
        return replace(self._options, **percent, mmu_ha=self.smallest.value(), geometry=self.geometry_box.isChecked())

    def show_options(self, options: ClassifyOptions) -> None:
        """Show thresholds without telling that they changed; what has no control here stays as it is in them."""
        self._options = options
        self._pairs = {name: pair_of(options, name) for name in self._rows}
        with QSignalBlocker(self.smallest), QSignalBlocker(self.geometry_box):
            self.smallest.setValue(options.mmu_ha)
            self.geometry_box.setChecked(options.geometry)
        self._show_pairs()

    def nudge(self, name: str, percent: int) -> None:
        """Move the rim of a class by so many percent."""
        self._set(name, self._pairs[name].moved(self._pairs[name].grow + percent))

    def show_sliders(self, note: str = "") -> None:
        """Show the sliders, with a note above what is in view."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self._missing.hide()
        self._page.show()

    def show_hint(self, text: str) -> None:
        """Show why there is nothing to move, and the button that mends it."""
        self.hint.setText(text)
        self._page.hide()
        self._missing.show()

    def say_found(self, text: str, tip: str = "") -> None:
        """Show what the thresholds give in view."""
        self.found.setText(text)
        self.found.setToolTip(tip)

    def take_focus(self) -> None:
        """Let keys reach the sliders."""
        (self.predict if self._page.isHidden() else self._rows["cloud"].slider).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _make_finer(self) -> None:
        """Make what is folded away."""
        self.smallest = QgsDoubleSpinBox()
        self.smallest.setObjectName("skyfri_mmu")
        self.smallest.setRange(0, 1000)
        self.smallest.setDecimals(2)
        self.smallest.setSingleStep(0.1)
        self.smallest.setSuffix(" ha")
        self.smallest.setShowClearButton(False)
        self.smallest.setToolTip(tr("Smaller polygons and holes are left out."))
        self.geometry_box = QCheckBox(tr("Judge shadows by sun and satellite"))
        self.geometry_box.setObjectName("skyfri_geometry")
        self.geometry_box.setToolTip(
            tr("When applied, shadows that no cloud can throw are dropped and missing ones proposed; the outlines do not show it yet.")
        )

    def _arrange(self, actions: Actions) -> None:
        sliders, finer = QGridLayout(), QGridLayout()
        for layout in (sliders, finer):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setVerticalSpacing(3)
        for line, row in enumerate(self._rows.values()):
            for column, widget in enumerate((row.dot, row.label, row.slider, row.grow)):
                sliders.addWidget(widget, line, column)
        sliders.setColumnStretch(2, 1)
        titles = (tr("Cloud seed"), tr("Shadow seed"), tr("Smallest area"))
        for line, (title, box) in enumerate(zip(titles, (*(row.seed for row in self._rows.values()), self.smallest), strict=True)):
            finer.addWidget(QLabel(title), line, 0)
            finer.addWidget(box, line, 1)
        finer.addWidget(self.geometry_box, len(titles), 0, 1, 2)
        finer.setColumnStretch(0, 1)
        self._finer = QWidget()
        self._finer.setLayout(finer)
        self.more = fold_button("skyfri_finer", tr("Seeds and sizes"), self._finer)
        self.note = wrapped_label("skyfri_threshold_note")
        self.note.hide()
        self._page, self._missing = QWidget(), QWidget()
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(sliders)
        fold = row_of([self.more, tool(actions["reset_thresholds"])])
        fold.insertStretch(1)
        layout.addLayout(fold)
        for widget in (self._finer, self.found, self.note):
            layout.addWidget(widget)
        layout.addLayout(
            row_of([with_menu(actions, "apply_thresholds", ("apply_thresholds_pass",)), tool(actions["discard_thresholds"], both=True)])
        )
        layout = QVBoxLayout(self._missing)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.hint)
        layout.addWidget(self.predict)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._page)
        layout.addWidget(self._missing)
        self._missing.hide()

    def _connect(self) -> None:
        for name, row in self._rows.items():
            row.slider.valueChanged.connect(lambda value, name=name: self._set(name, self._pairs[name].moved(value)))
            row.grow.valueChanged.connect(lambda value, name=name: self._set(name, self._pairs[name].moved(value)))
            row.seed.valueChanged.connect(lambda value, name=name: self._set(name, self._pairs[name].seeded(value)))
        self.smallest.valueChanged.connect(lambda _: self.changed.emit())
        self.geometry_box.toggled.connect(lambda _: self.changed.emit())

    def _set(self, name: str, pair: Pair) -> None:
        if pair != self._pairs[name]:
            self._pairs[name] = pair
            self._show_pairs()
            self.changed.emit()

    def _show_pairs(self) -> None:
        for name, row in self._rows.items():
            row.show(self._pairs[name])
