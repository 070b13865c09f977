"""Feedback as students may see it: nbgrader's, without the hidden tests and what they said."""

from __future__ import annotations

from jinja2 import pass_context
from nbconvert.filters import strip_files_prefix
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, GetGrades

from grading.execute import is_test
from grading.formulas import as_html, put_back
from grading.notebooks import ACTIVE_TEX, MOST_TEXT, as_text, clean


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
    """Return the HTML of Markdown without scripts; the next filter puts its formulas in."""
    if len(source) > MOST_TEXT:  # some texts of that length take minutes
        return as_text(source)
    attachments = context.get("cell", {}).get("attachments")
    return clean(as_html(ACTIVE_TEX.sub(r"\\text", source), attachments))


def with_formulas(markup: str) -> str:
    """Return what `safe_markdown` made of a cell, as nbgrader's pages show it."""
    return put_back(strip_files_prefix(markup))


def safe_html(markup: str) -> str:
    """Return HTML of an output without scripts, and with the formulas of `safe_markdown`."""
    return put_back(clean(markup))


#: By the names that the templates call them by.
FILTERS = {
    "markdown2html": safe_markdown,
    "strip_files_prefix": with_formulas,
    "clean_html": safe_html,
}
PREPROCESSORS = [GetGrades, HideTests, ClearMarkScheme, CSSHTMLHeaderPreprocessor]
