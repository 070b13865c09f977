"""nbgrader for an instructor's server on the hub."""

import os
from pathlib import Path

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).parents[2] / "nbgrader_config.py"))  # noqa: F821
c.CourseDirectory.root = os.environ["NBGRADER_COURSE_DIR"]
c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]
c.ExchangeFactory.collect = "grading.nbgrader_plugins.OwnedCollect"
c.ExchangeCollect.check_owner = os.environ["NBGRADER_ACCOUNTS"] == "separate"
