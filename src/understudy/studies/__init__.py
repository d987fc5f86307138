"""Studies that are done or running, as folders: what they hold, and how two of them differ.

Nothing here computes physics or trains: these functions read `metrics.json`, `provenance.json` and
the logs that the workflow leaves.
"""

from understudy.studies.comparison import Cause, Change, causes, changes
from understudy.studies.progress import Progress, Stage, follow, plan, progress_of, stages
from understudy.studies.record import Record, read_record
from understudy.studies.tolerances import Outcome, Tolerance, judge, read_tolerances

__all__ = [
    "Cause",
    "Change",
    "Outcome",
    "Progress",
    "Record",
    "Stage",
    "Tolerance",
    "causes",
    "changes",
    "follow",
    "judge",
    "plan",
    "progress_of",
    "read_record",
    "read_tolerances",
    "stages",
]
