"""A question as chapters and notebooks show it: a declaration in one of its two forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convlib.explorers.building import builds_page
from convlib.questions.declaration import Declaration

if TYPE_CHECKING:  # a form is loaded when it is shown
    from convlib.questions.live import LiveQuestion

__all__ = ["Question"]


class Question(Declaration):
    """A question in the page, declared once and shown in two forms.

    As the last line of a cell it shows itself: HTML while the book is built, widgets anywhere
    else. This class holds what all kinds share: use `Number`, `Size`, `Choice` or `Cells`.

    Parameters
    ----------
    name
        Identifier, unique in the book, of small letters, digits and hyphens: ``"stride-size"``.
    text
        What is asked, with parameters in braces, as in `str.format`: ``"stride {stride}"``,
        ``"{kernel_size[0]}"``. Single backticks set code.
    answer
        A pure function from the parameters of a variant to the right answer.
    worked
        From the parameters to the lines of the worked answer; mostly from `convlib.explain`.
    variants
        Either the values that each parameter takes, from which combinations are drawn, always the
        same; those that make no case (the kernel does not fit) are left out. Or the variants
        themselves, in order. At least 12.
    mistakes
        Where two give the same answer, the first one's hint is shown.

    Attributes
    ----------
    cases
        The variants, computed.

    Raises
    ------
    ValueError
        If there are fewer than 12 variants, two are shown alike, a mistake is right in every
        variant or hidden by another, or the name is none.
    """

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if builds_page():
            from convlib.questions.page import page_form

            return {"text/html": page_form(self)}
        bundle: dict[str, Any] = self.form()._repr_mimebundle_()
        return bundle

    def form(self) -> LiveQuestion:
        """Return the question as widgets."""
        from convlib.questions.live import LiveQuestion

        return LiveQuestion(self)
