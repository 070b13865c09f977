"""Feedback as students may see it: nbgrader's, without the hidden tests and what they said."""

from __future__ import annotations

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, GetGrades

from grading.execute import is_test
from grading.notebooks import clean


class HideTests(ClearHiddenTests):
    """Take hidden tests out of the cells, and what they printed or raised out of the outputs."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Return a cell as its student may see it."""
        shown = cell.source
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if is_test(cell) and cell.source != shown:
            failed = cell.metadata.get("grading", {}).get("failed")
            errors = [output for output in cell.outputs if output.output_type == "error"]
            hidden = new_output("stream", text="A hidden test of this question failed.\n")
            cell.outputs = {"visible": errors, "hidden": [hidden]}.get(failed, [])
        return cell, resources


@pass_context
def safe_markdown(context, source: str) -> str:
    """Return the HTML of Markdown, which nbgrader's templates show as it is, without scripts."""
    return clean(HTMLExporter().markdown2html(context, source))


PREPROCESSORS = [GetGrades, HideTests, ClearMarkScheme, CSSHTMLHeaderPreprocessor]
