"""`compare()`: two orthos to displacements, figures and reports."""

from __future__ import annotations

from concurrent.futures import Executor

from ..base.progress import SILENT, Progress, Span
from ..pages.page import Tr
from .comparison import Comparison, ComparisonOutputs, Sides
from .displacement import write_karios, write_layer, write_shift
from .masks import Mask
from .measure import measure
from .options import CompareOptions
from .report.comparison_html import write_html
from .report.contents import contents_of, write_json


def compare(
    sides: Sides,
    mask: Mask | None,
    options: CompareOptions,
    outputs: ComparisonOutputs,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
    tr: Tr = str,
) -> Comparison:
    """Measure and write what is wanted; each file appears when it is complete. Raises `SkyfriError`."""
    comparison = measure(sides, mask, options, executor=executor, progress=Span(progress, 0, 0.95))
    found = comparison.found
    write_layer(outputs.layer, found, options.match)
    if outputs.shift:
        write_shift(outputs.shift, found)
    if outputs.karios:
        write_karios(outputs.karios, found)
    if outputs.report_json or outputs.report_html:
        contents = contents_of(comparison, mask.name if mask else "", {name: str(path) for name, path in vars(outputs).items() if path})
        if outputs.report_json:
            write_json(outputs.report_json, contents)
        if outputs.report_html:
            write_html(outputs.report_html, contents, comparison, tr)
    progress.report(1)
    return comparison
