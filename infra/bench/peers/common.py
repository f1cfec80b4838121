"""What the peers share: the job they are given, and the one line of JSON that they answer with."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np


class Job:
    """Settings and arrays of one measurement, as harness/run.ts and harness/arrays.ts write them."""

    def __init__(self) -> None:
        self.settings = json.loads(Path(sys.argv[1]).read_text())
        self.threads: int = self.settings["threads"]

    def array(self, name: str) -> np.ndarray:
        entry = self.settings["arrays"][name]
        path = Path(self.settings["folder"]) / entry["file"]
        return np.fromfile(path, dtype=entry["dtype"]).reshape(entry["shape"])


def parts(job: Job) -> dict[str, np.ndarray]:
    """Row numbers of each part."""
    return {name: np.arange(*job.settings["parts"][name]) for name in ("train", "validation", "holdout")}


def windows(table: np.ndarray, rows: np.ndarray, steps: int) -> np.ndarray:
    """[rows, steps, features]: what each row's prediction looks at; before the table there are zeros."""
    padded = np.concatenate([np.zeros((steps - 1, table.shape[1]), table.dtype), table])
    views = np.lib.stride_tricks.sliding_window_view(padded, steps, axis=0)
    return np.ascontiguousarray(views[rows].transpose(0, 2, 1))


class Moment:
    """A point in time, on the clock and in this process's processor time."""

    def __init__(self) -> None:
        self.clock = time.perf_counter()
        self.cpu = time.process_time()


def answer(start: Moment, end: Moment, **more: object) -> None:
    """Prints the answer: what passed between the two moments, and whatever else there is to say."""
    passed = {"seconds": end.clock - start.clock, "cpuSeconds": end.cpu - start.cpu}
    print(json.dumps({**passed, "peakMb": peak_mb(), **more}))


def peak_mb() -> float:
    """Largest resident memory of this process. Linux's ru_maxrss begins with what the parent had, VmHWM doesn't."""
    try:
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
