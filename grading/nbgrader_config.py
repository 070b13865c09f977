"""nbgrader's settings for every course; a course's own nbgrader_config.py loads them."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from grading import feedback

c = get_config()  # noqa: F821 - traitlets gives it to the files that it loads

# One word that names the class in the exchange; students see it.
c.CourseDirectory.course_id = "convolution"

# What notebooks may import besides the installed libraries.
c.Grading.packages = ["convlib"]

# A server instead of the file gradebook.db: GRADEBOOK_URL=postgresql://user:password@host/name
if "GRADEBOOK_URL" in os.environ:
    c.CourseDirectory.db_url = os.environ["GRADEBOOK_URL"]

# Formgrader and feedback show what students wrote: without scripts, and without hidden tests.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = feedback.FILTERS
# No page loads anything from elsewhere: this folder has a template in place of the one for MathJax.
beside = str(Path(__file__).parent / "jupyter")
found = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
os.environ["JUPYTER_PATH"] = os.pathsep.join([beside, *(path for path in found if path != beside)])
c.GenerateFeedback.preprocessors = feedback.PREPROCESSORS

# Formgrader's "Autograde" would run what students wrote with the rights of whoever presses it.
c.Autograde.exporter_class = "grading.nbgrader_plugins.SandboxOnly"
