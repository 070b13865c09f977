"""Grading of notebooks that may be broken or hostile; nbgrader keeps the gradebook."""
