"""An evaluation as JSON and as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...base.drafts import write_text
from ...pages.charts import colour_key, image, number
from ...pages.page import Captioned, Drawing, Group, KeyFigure, Row, Section, Table, Tr
from ...pages.png import png_of
from ...pages.templating import render_page
from ..classes.class_raster import CLOUD, NODATA, SHADOW
from .evaluate import Evaluation, SceneResult, WorstWindow
from .scores import balanced_accuracy, class_scores

PICTURE_PX = 300
"""Longer side of a picture of a window."""

_COLOURS = {
    (0, 0): (236, 236, 230),
    (1, 1): (255, 255, 255),
    (2, 2): (70, 80, 100),
}
_MISSED, _FALSE, _OTHER, _NO_DATA = (214, 60, 50), (245, 190, 40), (150, 70, 190), (200, 200, 200)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain values."""
    return {
        "options": asdict(evaluation.options),
        "overall": {
            **_scene_values(evaluation.total),
            "iou_interval_95": {name: evaluation.interval(code) for name, code in (("cloud", CLOUD), ("shadow", SHADOW))},
        },
        "scenes": [_scene_values(scene) for scene in evaluation.scenes],
    }


def _scene_values(scene: SceneResult) -> dict[str, Any]:
    hectares = scene.pixel_m**2 / 10_000
    return {
        "scene": scene.scene,
        "pixel_m": scene.pixel_m,
        "area_ha": float(scene.confusion.sum() * hectares),
        "confusion_px_rows_true_columns_drawn_clear_cloud_shadow": scene.confusion.tolist(),
        "balanced_accuracy": balanced_accuracy(scene.confusion),
        "classes": {
            name: {
                **asdict(class_scores(scene.confusion, code)),
                "boundary_f1": scene.boundaries[code].f1,
                "objects": asdict(scene.objects[code]),
                "true_ha": float(scene.confusion[code].sum() * hectares),
                "drawn_ha": float(scene.confusion[:, code].sum() * hectares),
            }
            for name, code in (("cloud", CLOUD), ("shadow", SHADOW))
        },
    }


def write_report(evaluation: Evaluation, *, json_path: str | Path | None = None, html_path: str | Path | None = None, tr: Tr = str) -> None:
    """Write the report as JSON, as HTML in the language of ``tr``, or both; each appears by rename. Raises `OutputError`."""
    if json_path:
        write_text(Path(json_path), json.dumps(as_json(evaluation), indent=1))
    if html_path:
        write_text(Path(html_path), as_html(evaluation, tr))


def as_html(evaluation: Evaluation, tr: Tr = str) -> str:
    """Return an evaluation as one HTML document with its pictures inside; ``tr`` translates its texts."""
    options = evaluation.options
    rule = tr("smallest area {area:g} ha on both sides").format(area=options.mmu_ha) if options.mmu_ha else tr("no smallest area")
    said = tr("Scenes: {count}. Compared on {pixel_m:g} m pixels, {rule}, boundaries within {tolerance:g} px.").format(
        count=len(evaluation.scenes), pixel_m=evaluation.total.pixel_m, rule=rule, tolerance=options.tolerance_px
    )
    title = tr("Cloud guidelines evaluated")
    pictures = [_figure(window, tr) for window in evaluation.total.worst]
    sections = (
        Section(tr("All scenes"), parts=[_scores_table(evaluation, tr)]),
        Section(tr("Confusion"), parts=[_confusion_table(evaluation.total.confusion, tr)]),
        Section(tr("Objects"), parts=[_objects_table(evaluation.total, tr)]),
        Section(tr("By scene"), parts=[_scenes_table(evaluation, tr)]),
        Section(tr("Worst windows"), parts=[_key(tr), Group(pictures, layout="small")]),
    )
    return render_page("report.html", title, tr, heading=title, said=[said], figures=_figures(evaluation, tr), sections=sections)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _named(tr: Tr) -> tuple[tuple[str, int], ...]:
    """Return the classes that are drawn, by name and code."""
    return (tr("cloud"), CLOUD), (tr("shadow"), SHADOW)


def _figures(evaluation: Evaluation, tr: Tr) -> list[KeyFigure]:
    overall = KeyFigure(_number(balanced_accuracy(evaluation.total.confusion)), tr("balanced accuracy over the classes"))
    return [
        overall,
        *(KeyFigure(_number(class_scores(evaluation.total.confusion, code).iou), f"IoU, {name}") for name, code in _named(tr)),
    ]


def _scores_table(evaluation: Evaluation, tr: Tr) -> Table:
    rows: list[Row] = []
    for name, code in _named(tr):
        scores, interval = class_scores(evaluation.total.confusion, code), evaluation.interval(code)
        span = f" ({interval[0]:.3f}–{interval[1]:.3f})" if interval else ""
        values = (scores.f1, scores.precision, scores.recall, scores.balanced_accuracy, evaluation.total.boundaries[code].f1)
        rows.append([name, _number(scores.iou) + span, *map(_number, values)])
    return Table(rows, (tr("class"), "IoU (95 %)", "F1", tr("precision"), tr("recall"), tr("balanced accuracy"), tr("boundary F1")))


def _confusion_table(confusion: np.ndarray, tr: Tr) -> Table:
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    names = (tr("is clear"), tr("is cloud"), tr("is shadow"))
    rows = [
        [name, *(f"{number(count)} ({share:.1%})" for count, share in zip(confusion[index].tolist(), shares[index], strict=True))]
        for index, name in enumerate(names)
    ]
    return Table(rows, (tr("pixels"), tr("drawn clear"), tr("drawn cloud"), tr("drawn shadow")))


def _objects_table(scene: SceneResult, tr: Tr) -> Table:
    keys = ("true", "drawn", "missed", "false", "split", "joined")
    rows = [[name, *(str(getattr(scene.objects[code], key)) for key in keys)] for name, code in _named(tr)]
    head = (tr("class"), tr("true"), tr("drawn"), tr("missed"), tr("drawn but not there"), tr("drawn in several"), tr("drawn as one"))
    return Table(rows, head)


def _scenes_table(evaluation: Evaluation, tr: Tr) -> Table:
    rows: list[Row] = []
    for scene in evaluation.scenes:
        cloud, shadow = (class_scores(scene.confusion, code) for code in (CLOUD, SHADOW))
        edges = [scene.boundaries[code].f1 for code in (CLOUD, SHADOW)]
        rows.append([scene.scene, *map(_number, (cloud.iou, cloud.recall, edges[0], shadow.iou, shadow.recall, edges[1]))])
    figures = ("IoU", tr("recall"), tr("boundary F1"))
    return Table(rows, (tr("scene"), *(f"{name}: {figure}" for name, _ in _named(tr) for figure in figures)))


def _key(tr: Tr) -> Drawing:
    """Return what the colours of the windows stand for."""
    entries = (
        (_COLOURS[1, 1], tr("cloud")), (_COLOURS[2, 2], tr("shadow")), (_COLOURS[0, 0], tr("clear")),
        (_MISSED, tr("missed")), (_FALSE, tr("drawn but not there")), (_OTHER, tr("cloud for shadow or shadow for cloud")),
    )  # fmt: skip
    return colour_key([(f"rgb{colour}", text) for colour, text in entries])


def _figure(window: WorstWindow, tr: Tr) -> Captioned:
    west, south, east, north = window.bounds
    data = base64.b64encode(png_of(picture(window.drawn, window.true))).decode("ascii")
    caption = tr("{scene}: {wrong:.0%} differs; {west:.0f} {south:.0f} to {east:.0f} {north:.0f}").format(
        scene=window.scene, wrong=window.wrong, west=west, south=south, east=east, north=north
    )
    return Captioned(image(f"data:image/png;base64,{data}", PICTURE_PX, caption), caption)


def picture(drawn: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return (3, rows, cols) uint8 colours of how two class rasters agree, at most `PICTURE_PX` pixels a side."""
    stride = max(1, -(-max(drawn.shape) // PICTURE_PX))
    drawn, true = drawn[::stride, ::stride], true[::stride, ::stride]
    out = np.empty((*drawn.shape, 3), np.uint8)
    out[:] = _OTHER
    out[(true != 0) & (drawn == 0)] = _MISSED
    out[(true == 0) & (drawn != 0)] = _FALSE
    for (one, other), colour in _COLOURS.items():
        out[(drawn == one) & (true == other)] = colour
    out[(drawn == NODATA) | (true == NODATA)] = _NO_DATA
    return out.transpose(2, 0, 1)
