"""JupyterHub for a class: ``make hub``.

As it stands this is a trial: it listens on this machine alone, anybody may log in by any name, the
user ``instructor`` has the course folder, and all servers run under your own account. A class
writes its settings in ``hub/class.py``, which is read last and so wins over what is here. The hub
refuses to start where the trial's log-in or its shared account could be reached from elsewhere.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.spawner import SimpleLocalProcessSpawner

c = get_config()  # noqa: F821
TOP = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("CONVLIB_HUB", TOP / "hub")).resolve()
COURSE = Path(os.environ.get("CONVLIB_COURSE", TOP / "course")).resolve()
CLASS = STATE / "class.py"
BIN = Path(sys.executable).parent
TRIAL_LOGIN, TRIAL_SPAWNER = "dummy", "simple"


def prepare(spawner) -> None:
    """Give instructors the course folder and the formgrader, and students neither."""
    instructor = any(group.name == "instructors" for group in spawner.user.groups)
    role = "instructors" if instructor else "students"
    spawner.environment = {
        **spawner.environment,
        "JUPYTER_CONFIG_PATH": str(TOP / "grading" / "hub" / role),
        "NBGRADER_EXCHANGE": str(STATE / "exchange"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",  # nbgrader calls Alembic by its name
    }
    if instructor:
        shared = isinstance(spawner, SimpleLocalProcessSpawner)
        spawner.notebook_dir = str(COURSE)
        spawner.environment |= {
            "NBGRADER_ACCOUNTS": "shared" if shared else "separate",
            "NBGRADER_COURSE_DIR": str(COURSE),
            "PYTHONPATH": str(TOP),
        }


def refusals() -> list[str]:
    """Return what forbids to start: each says what is wrong and what to do."""
    found = []
    public = urlsplit(c.JupyterHub.bind_url).hostname not in ("127.0.0.1", "localhost", "::1")
    if public and c.JupyterHub.authenticator_class == TRIAL_LOGIN:
        found.append(
            f"anybody could log in at {c.JupyterHub.bind_url} by any name: "
            f"set c.JupyterHub.authenticator_class in {CLASS}"
        )
    if public and c.JupyterHub.spawner_class == TRIAL_SPAWNER:
        found.append(
            f"servers at {c.JupyterHub.bind_url} would share one account and read each other's "
            f"work: set c.JupyterHub.spawner_class in {CLASS}"
        )
    separate = c.JupyterHub.spawner_class != TRIAL_SPAWNER
    if separate and COURSE.exists() and COURSE.stat().st_mode & 0o007:
        found.append(f"every account of this machine can read {COURSE}: run chmod o= {COURSE}")
    return found


c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.authenticator_class = TRIAL_LOGIN
c.JupyterHub.spawner_class = TRIAL_SPAWNER
c.JupyterHub.load_groups = {"instructors": {"users": ["instructor"]}}

for folder, mode in ((STATE, 0o711), (STATE / "private", 0o700), (STATE / "exchange", 0o1777)):
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)  # mkdir's own mode is subject to the umask
c.JupyterHub.db_url = f"sqlite:///{STATE}/private/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "private" / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "private" / "proxy.pid")
c.ConfigurableHTTPProxy.command = [str(BIN / "configurable-http-proxy")]

c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.pre_spawn_hook = prepare
c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "home" / "{username}")
if os.geteuid() == 0:
    c.SimpleLocalProcessSpawner.args = ["--allow-root"]

if CLASS.exists():
    load_subconfig(str(CLASS))  # noqa: F821
if refusals():
    sys.exit("[hub] not started: " + "; ".join(refusals()))
