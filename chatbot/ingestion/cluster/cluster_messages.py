"""The messages between a build and the process that talks to Ray, sent as pickles.

Arguments and results are pickled already: only the build and a worker look inside.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# What a task on a worker returns before its result, or before why the worker can't take part.
OK: Final = "ok"
UNFIT: Final = "unfit"


class Start(NamedTuple):
    """Connect to the cluster at this address; `job` goes with every task."""

    address: str
    job: str


class Task(NamedTuple):
    """Run a task of `worker_tasks` with this argument on any worker."""

    number: int
    name: str
    argument: bytes


class Started(NamedTuple):
    """The cluster has this many processors."""

    processors: int


class Refused(NamedTuple):
    """There is no cluster, for the reason given by Ray, or no machine is left in it."""

    reason: str


class Finished(NamedTuple):
    """The result of a task."""

    number: int
    result: bytes


class Unfit(NamedTuple):
    """A worker that can't take part in this build."""

    number: int
    sentence: str


class Lost(NamedTuple):
    """The workers of a task were lost again and again."""

    number: int
    reason: str


class Failed(NamedTuple):
    """A task ended with an exception, which is a bug: its traceback."""

    number: int
    trace: str


Reply = Started | Refused | Finished | Unfit | Lost | Failed
