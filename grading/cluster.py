"""Grading on a Dask cluster: the submissions travel to its workers, the results come back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

from grading.sandbox import SandboxMissingError, find_sandbox
from grading.worker import Job, Result, grade_or_flag, unreadable

SECONDS_TO_CONNECT = 20


class ClusterMissingError(Exception):
    """No cluster answers; the text says what to do."""


def run(jobs: list[Job], address: str) -> Iterator[tuple[Job, Result]]:
    """Grade submissions on a cluster, and yield each result as it comes.

    A submission whose worker is lost goes to another one.

    Parameters
    ----------
    jobs : list of Job
        Their folders must be there on the workers' machines, too.
    address : str
        The scheduler's, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ClusterMissingError
        If dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ClusterMissingError(
            "--dask needs the package distributed, of the version of the cluster: run "
            "`pip install distributed==<that version>`"
        ) from None
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise ClusterMissingError(f"dask={address!r}: no scheduler answers ({error})") from None
    with client:
        # Not pure: what it gives depends on files.
        futures = {client.submit(grade_there, job, pure=False): job for job in jobs}
        for future in as_completed(futures):
            job = futures.pop(future)
            error = future.exception()
            if error:
                yield job, unreadable(job, f"no worker could grade it: {error}")
            else:
                yield job, future.result()


def grade_there(job: Job) -> Result:
    """Grade a submission where this runs, in the sandbox that this machine has."""
    if not job.folder.is_dir():
        host = socket.gethostname()
        return Result(
            failure=f"{job.folder} is not there on {host}: all must see the course folder"
        )
    packages = tuple(folder.name for folder in job.sandbox.packages)
    try:
        sandbox = find_sandbox(packages, job.sandbox.contained)
    except SandboxMissingError as missing:
        return Result(failure=f"on {socket.gethostname()}: {missing}")
    return grade_or_flag(replace(job, sandbox=sandbox))
