"""How many threads a run may have.

On a core that another program keeps busy a thread stands still, and all the others of the run wait
for it at every step: with two threads a run can take four times as long there as with one.
"""

import os


def free() -> int | None:
    """The number of cores that are free, 1 at least, where half of them or more are busy.

    None where more are free, where nobody can tell (Windows), and where the learner has chosen.
    """
    if "OMP_NUM_THREADS" in os.environ or not hasattr(os, "getloadavg"):
        return None
    cores = os.cpu_count() or 1
    found = max(1, cores - int(os.getloadavg()[0]))  # of the last minute
    return found if found <= cores // 2 else None
