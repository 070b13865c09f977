"""An explorer as chapters and notebooks call it: a declaration that shows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convlib.explorers.building import builds_page, page_is_live
from convlib.explorers.declaration import Declaration

if TYPE_CHECKING:  # a form is loaded when it is shown
    from convlib.explorers.live import LiveExplorer
    from convlib.explorers.page import PageForm

__all__ = ["Explorer"]


class Explorer(Declaration):
    """An interactive picture, declared once and shown in two forms; parameters as `Declaration`."""

    def __call__(self, **start: Any) -> PageForm | LiveExplorer:
        """Show the explorer: HTML in a page of the book, widgets anywhere else.

        Parameters
        ----------
        **start
            The first value of a control, by name; the others start at their defaults.

        Raises
        ------
        TypeError, ValueError
            As `values`; and if a page should show the reader's own value.
        """
        if page_is_live():
            from convlib.explorers.asking import asking_form

            return asking_form(self, self.values(_free=True, **start))
        values = self.values(**start)
        if not builds_page():
            from convlib.explorers.live import live_form

            return live_form(self, values)
        for control in self.controls:
            if control.own and control.is_own(values[control.name]):
                raise ValueError(
                    f"{self.name}: the page cannot show {control.own.label}, only a notebook "
                    f"can; {control.name} must be one of {', '.join(map(str, control.values))}"
                )
        from convlib.explorers.page import page_form

        return page_form(self, values)
