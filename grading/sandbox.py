"""Where untrusted code runs. `python -m grading.sandbox` makes sure that there is such a place.

bubblewrap gives a process its own small world: no network, no other processes, the system, Python
and the course's packages read-only, and a scratch folder in memory that ends with it. libseccomp
refuses it the calls to the system that no notebook needs.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grading.inside.calls import call_filter

INSIDE = Path(__file__).parent / "inside"
HOME = "/home/student"
#: Folders in memory, the only ones that a sandboxed process can write to.
SCRATCH = ("/tmp", "/dev/shm", HOME)
#: Users that exist nowhere, so that what runs as one of them owns nothing (systemd's dynamic ones).
USERS = range(61184, 65520)
MISSING = (
    "grading runs students' code in bubblewrap, which is not installed: run "
    "`apt-get install bubblewrap`, or your system's like; where a container of its own surrounds "
    "the grader already, add --container"
)
NO_FILTER = (
    "grading refuses students' code some calls to the system with libseccomp, which does not work "
    "here ({reason}): run `apt-get install libseccomp2`, or your system's like"
)
REFUSED = (
    "bubblewrap is installed but may not make a sandbox here ({reason}): allow user namespaces "
    "(`sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu also "
    "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`), run as root, or, where a container "
    "of its own surrounds the grader already, add --container"
)
CLOSED = (
    "--container runs students' code as a user of its own, who may not enter {folder}, where "
    "Python or its packages lie: install bubblewrap, which needs no such way in; or use a Python "
    "that lies elsewhere, such as the system's; or let others pass through the folder, without "
    "reading it (`chmod o+x {folder}`)"
)


class SandboxMissingError(Exception):
    """There is no sandbox, or it may not do its work; the text says what to do."""


class SandboxFailedError(Exception):
    """A sandbox did not start or the judge broke: no fault of the student's."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, total_seconds : float
        Time for one cell, and for the whole notebook.
    grace_seconds : float
        How long a cell that was interrupted may take to stop before its process is ended.
    memory_mb, scratch_mb, file_mb : int
        Memory of one process and of all together; files in the scratch folder; one file.
    processes : int
        Processes and threads together.
    output_kb, outputs_mb, answer_mb : int
        What one cell may show, and all together; what one answer to a test may hold.
    notebook_mb, files_mb : int
        The notebook's file, and all files handed in beside it.
    """

    cell_seconds: float = 30
    total_seconds: float = 300
    grace_seconds: float = 5
    memory_mb: int = 2048
    scratch_mb: int = 256
    file_mb: int = 64
    processes: int = 64
    output_kb: int = 1024
    outputs_mb: int = 16
    answer_mb: int = 32
    notebook_mb: int = 50
    files_mb: int = 20


@dataclass(frozen=True)
class Sandbox:
    """A way to run Python where it can do no harm.

    Attributes
    ----------
    options : tuple of str
        bubblewrap's options that make the namespaces; none in a container.
    contained : bool
        Whether a container surrounds the grader, so that bubblewrap is left out.
    packages : tuple of Path
        Folders of the course's own packages that notebooks may import.
    fonts : tuple of Path
        matplotlib's lists of this machine's fonts, which take seconds to make.
    refused : bytes
        The filter of calls to the system, as bubblewrap reads it.
    """

    options: tuple[str, ...] = ()
    contained: bool = False
    packages: tuple[Path, ...] = ()
    fonts: tuple[Path, ...] = ()
    refused: bytes = b""

    def command(
        self,
        program: str,
        limits: Limits,
        files: Mapping[str, Path],
        modules: Collection[str] = (),
        filter_from: int | None = None,
    ) -> list[str]:
        """Return the command that runs a program of `inside/`.

        Parameters
        ----------
        program : str
            `student` or `judge`.
        limits : Limits
            What the process may use.
        files : mapping
            Files to find in its folder: name to place.
        modules : collection of str
            What to import before anything else, once for all copies of the process.
        filter_from : int, optional
            The open file that bubblewrap reads `refused` from.
        """
        settings = asdict(limits) | {
            "uid": USERS[os.getpid() % len(USERS)] if _is_root() and self._drops_root else None,
            "processes": limits.processes if self._counts_processes else None,
            "modules": sorted(modules),
        }
        if self.contained:
            settings["packages"] = [str(folder.parent) for folder in self.packages]
            settings["refuses_calls"] = sys.platform == "linux"
            script = INSIDE / f"{program}.py"
            return [sys.executable, "-I", str(script), json.dumps(settings)]
        settings["packages"] = ["/packages"] if self.packages else []
        return [
            "bwrap",
            *self.options,
            *("--die-with-parent", "--new-session"),
            *(() if filter_from is None else ("--seccomp", str(filter_from))),
            # Before the rest, which may lie in it: people try things out in /tmp.
            *_scratch("/tmp", limits.scratch_mb),
            *_read_only({path: path for path in _system()}),
            *_read_only({folder: Path("/packages", folder.name) for folder in self.packages}),
            *_read_only({INSIDE: Path("/grader/inside")}),
            *("--proc", "/proc", "--dev", "/dev"),
            *_scratch("/dev/shm", limits.scratch_mb),
            *_scratch(HOME, limits.scratch_mb),
            *("--perms", "0777", "--dir", f"{HOME}/.cache/matplotlib"),
            *_read_only({font: Path(HOME, ".cache/matplotlib", font.name) for font in self.fonts}),
            *_read_only({path: Path(HOME, name) for name, path in files.items()}),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME),
            *("--", sys.executable, "-I", f"/grader/inside/{program}.py", json.dumps(settings)),
        ]

    @property
    def _drops_root(self) -> bool:
        return self.contained or "CAP_SETUID" in self.options

    @property
    def _counts_processes(self) -> bool:
        """Whether the system counts the sandbox's processes apart from the user's others."""
        release = tuple(int(part) for part in platform.release().split(".")[:2] if part.isdigit())
        own_user = _is_root() and self._drops_root
        return own_user or (not self.contained and release >= (5, 14))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _read_only(places: Mapping[Path, Path]) -> list[str]:
    """Return the options that show a folder or file, with folders above it that all may enter."""
    options = []
    for path, place in places.items():
        for parent in reversed(place.parents[:-1]):
            options += ["--dir", str(parent)]
        options += ["--ro-bind", str(path), str(place)]
    return options


def _scratch(place: str, megabytes: int) -> list[str]:
    return ["--perms", "0777", "--size", str(megabytes << 20), "--tmpfs", place]


@functools.cache
def _system() -> list[Path]:
    """Return what Python needs of this machine: the system's libraries and its own folders."""
    wanted = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache"]
    places = [Path(path) for path in wanted if Path(path).exists()]
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_prefix).resolve()}
    return places + sorted(path for path in prefixes if not path.is_relative_to("/usr"))


@functools.cache
def _fonts() -> tuple[Path, ...]:
    """Return matplotlib's list of this machine's fonts, which takes seconds to make."""
    if importlib.util.find_spec("matplotlib") is None:
        return ()
    code = "import matplotlib.font_manager as m, matplotlib as p; print(p.get_cachedir())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return tuple(sorted(Path(run.stdout.strip()).glob("fontlist-*.json"))) if run.stdout else ()


def find_sandbox(packages: tuple[str, ...] = (), container: bool = False) -> Sandbox:
    """Return the sandbox that works here.

    Parameters
    ----------
    packages : tuple of str
        Packages of the course that notebooks may import, installed or in this folder.
    container : bool
        Whether a container surrounds the grader: limits hold, but the file system is left open.

    Raises
    ------
    SandboxMissingError
        If bubblewrap is not there or may not make namespaces; in a container, if the user whom
        root becomes there could not import what notebooks need.
    """
    folders = tuple(map(_folder_of, packages))
    if container:
        if _is_root() and (closed := closed_folder([*sys.path, sys.prefix, sys.base_prefix])):
            raise SandboxMissingError(CLOSED.format(folder=closed))
        _refused()
        return Sandbox(contained=True, packages=folders)
    if not shutil.which("bwrap"):
        raise SandboxMissingError(MISSING)
    apart = (
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--cap-drop",
        "ALL",
    )
    as_root = (*apart, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    as_user = (*apart, "--unshare-user")
    alone = (*as_user, "--disable-userns")  # from bubblewrap 0.8 on
    for options in (as_root, alone, as_user) if _is_root() else (alone, as_user):
        system = _read_only({path: path for path in _system()})
        trial = ["bwrap", *options, *system, "--proc", "/proc", "--dev", "/dev", "--", "/bin/true"]
        run = subprocess.run(trial, capture_output=True, text=True, check=False)
        if run.returncode == 0:
            return Sandbox(options, packages=folders, fonts=_fonts(), refused=_refused())
    raise SandboxMissingError(REFUSED.format(reason=run.stderr.strip()))


@functools.cache
def _refused() -> bytes:
    """Return the filter of calls to the system, as bubblewrap reads it."""
    if sys.platform != "linux":
        return b""
    try:
        with tempfile.TemporaryFile() as file:
            call_filter().export_bpf(file)
            file.seek(0)
            return file.read()
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxMissingError(NO_FILTER.format(reason=error)) from None


def closed_folder(paths: Iterable[str | Path]) -> Path | None:
    """Return the first folder on the way to these that only its owner and group may enter."""
    for path in map(Path.resolve, map(Path, paths)):
        for folder in (*reversed(path.parents), path):
            if folder.is_dir() and not folder.stat().st_mode & stat.S_IXOTH:
                return folder
    return None


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"package={package!r} is not installed: notebooks could not import it")
    return Path(spec.submodule_search_locations[0]).resolve()


def environment(contained: bool, home: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Return all that a sandboxed process finds in its environment."""
    path = os.environ.get("PATH", "/usr/bin:/bin") if contained else "/usr/bin:/bin"
    return {
        "PATH": path,
        "HOME": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{home}/.ipython",
        **variables,
    }


def main() -> None:
    """Make sure that there is bubblewrap: install it on Debian as root, else say what to run."""
    if not shutil.which("bwrap") and shutil.which("apt-get") and _is_root():
        print("[setup] installing Debian's bubblewrap for grading", flush=True)
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "bubblewrap", "libseccomp2"]):
            if subprocess.run(["apt-get", *arguments], check=False).returncode:
                sys.exit(MISSING)
    try:
        find_sandbox()
    except SandboxMissingError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
