"""nbgrader for a student's server on the hub."""

import os
from pathlib import Path

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).parents[2] / "nbgrader_config.py"))  # noqa: F821
c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]
# Without this nbgrader takes the name of the account that runs the server, shared in a trial.
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
