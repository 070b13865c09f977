"""What a cell can be, and what the legend calls it; how it looks is `convlib.draw.looks`'."""

from __future__ import annotations

__all__ = ["MARKS", "ROLES"]

#: What a cell is, and its name in the legend.
ROLES = {
    "input": "input",
    "padding": "padding",
    "zero": "inserted zero",
    "kernel": "kernel",
    "output": "output",
    "blank": "no cell",
}
#: What a cell may be besides its role. ``unused``: at the end of the padded input, where no window
#: reaches. ``gap``: skipped between two windows, or between the taps of every window.
MARKS = {"unused": "unused: past the last window", "gap": "gap: skipped"}
