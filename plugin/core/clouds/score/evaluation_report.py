"""An evaluation as JSON and as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...base.drafts import write_text
from ...pages.png import png_of
from ..classes.class_raster import CLOUD, NODATA, SHADOW
from .evaluate import Evaluation, SceneResult, WorstWindow
from .scores import NAMES_OF_ALL, balanced_accuracy, class_scores

PICTURE_PX = 300
"""Longer side of a picture of a window."""

_COLOURS = {
    (0, 0): (236, 236, 230),
    (1, 1): (255, 255, 255),
    (2, 2): (70, 80, 100),
}
_MISSED, _FALSE, _OTHER, _NO_DATA = (214, 60, 50), (245, 190, 40), (150, 70, 190), (200, 200, 200)

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:right}"
    "th:first-child,td:first-child{text-align:left}figure{display:inline-block;margin:.5rem}"
    "img{image-rendering:pixelated;border:1px solid #999}"
    "figcaption{font-size:.85rem;max-width:19rem}.key span{padding:0 .5rem;margin-right:.6rem;border:1px solid #999}"
)


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


def write_report(evaluation: Evaluation, *, json_path: str | Path | None = None, html_path: str | Path | None = None) -> None:
    """Write the report as JSON, as HTML, or both; each appears by rename. Raises `OutputError`."""
    if json_path:
        write_text(Path(json_path), json.dumps(as_json(evaluation), indent=1))
    if html_path:
        write_text(Path(html_path), as_html(evaluation))


def as_html(evaluation: Evaluation) -> str:
    """Return an evaluation as one HTML document with its pictures inside."""
    options = evaluation.options
    rule = f"smallest area {options.mmu_ha:g} ha on both sides" if options.mmu_ha else "no smallest area"
    lines = [
        f"<p>{len(evaluation.scenes)} scene(s), compared on {evaluation.total.pixel_m:g} m pixels, {rule}, "
        f"boundaries within {options.tolerance_px:g} px.</p>",
        "<h2>All scenes</h2>",
        _scores_table(evaluation),
        "<h2>Confusion</h2>",
        _confusion_table(evaluation.total.confusion),
        "<h2>Objects</h2>",
        _objects_table(evaluation.total),
        "<h2>By scene</h2>",
        _scenes_table(evaluation),
        "<h2>Worst windows</h2>",
        _key(),
        *(_figure(window) for window in evaluation.total.worst),
    ]
    body = "\n".join(lines)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Cloud guidelines evaluated</title><style>{_STYLE}</style></head>"
        f"<body><h1>Cloud guidelines evaluated</h1>{body}</body></html>\n"
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{escape(text)}</th>" for text in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table><tr>{cells}</tr>{lines}</table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _scores_table(evaluation: Evaluation) -> str:
    rows = []
    for name, code in (("cloud", CLOUD), ("shadow", SHADOW)):
        scores, interval = class_scores(evaluation.total.confusion, code), evaluation.interval(code)
        span = f" ({interval[0]:.3f}–{interval[1]:.3f})" if interval else ""
        values = (scores.f1, scores.precision, scores.recall, scores.balanced_accuracy, evaluation.total.boundaries[code].f1)
        rows.append([name, _number(scores.iou) + span, *map(_number, values)])
    head = ["class", "IoU (95 %)", "F1", "precision", "recall", "balanced accuracy", "boundary F1"]
    overall = _number(balanced_accuracy(evaluation.total.confusion))
    return _table(head, rows) + f"<p>Balanced accuracy over the classes: {overall}.</p>"


def _confusion_table(confusion: np.ndarray) -> str:
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    rows = [
        [f"is {name}", *(f"{count} ({share:.1%})" for count, share in zip(confusion[index].tolist(), shares[index], strict=True))]
        for index, name in enumerate(NAMES_OF_ALL)
    ]
    return _table(["pixels", *(f"drawn {name}" for name in NAMES_OF_ALL)], rows)


def _objects_table(scene: SceneResult) -> str:
    names = ("true", "drawn", "missed", "false", "split", "joined")
    rows = [[name, *(str(getattr(scene.objects[code], key)) for key in names)] for name, code in (("cloud", CLOUD), ("shadow", SHADOW))]
    return _table(["class", "true", "drawn", "missed", "false", "drawn in several", "drawn as one"], rows)


def _scenes_table(evaluation: Evaluation) -> str:
    rows = []
    for scene in evaluation.scenes:
        cloud, shadow = (class_scores(scene.confusion, code) for code in (CLOUD, SHADOW))
        edges = [scene.boundaries[code].f1 for code in (CLOUD, SHADOW)]
        rows.append([scene.scene, *map(_number, (cloud.iou, cloud.recall, edges[0], shadow.iou, shadow.recall, edges[1]))])
    return _table(["scene", "cloud IoU", "recall", "boundary F1", "shadow IoU", "recall", "boundary F1"], rows)


def _key() -> str:
    entries = (
        (_COLOURS[1, 1], "cloud"), (_COLOURS[2, 2], "shadow"), (_COLOURS[0, 0], "clear"),
        (_MISSED, "missed"), (_FALSE, "drawn but not there"), (_OTHER, "cloud for shadow or shadow for cloud"),
    )  # fmt: skip
    spans = "".join(f'<span style="background:rgb{colour}">&nbsp;</span>{escape(text)} &nbsp; ' for colour, text in entries)
    return f"<p class=key>{spans}</p>"


def _figure(window: WorstWindow) -> str:
    west, south, east, north = window.bounds
    data = base64.b64encode(png_of(picture(window.drawn, window.true))).decode("ascii")
    caption = f"{window.scene}: {window.wrong:.0%} differs; {west:.0f} {south:.0f} to {east:.0f} {north:.0f}"
    image = f'<img alt="{escape(caption)}" width={PICTURE_PX} src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


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
