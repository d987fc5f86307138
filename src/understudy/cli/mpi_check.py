"""Do the launcher of a cluster, its MPI and DOLFINx fit together? Started by that launcher."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.fem.processes import compare_processes
from understudy.files import write_json

__all__ = ["main", "run"]


def run(processes: int, out: Path, cells: int = 32) -> None:
    """Let every process solve one problem, and compare.

    Args:
        processes: as many as the launcher was asked for.
        out: JSON file to write.
        cells: squares along a side of the unit square.
    """
    found = compare_processes(cells)
    if found.size != processes:
        raise RuntimeError(
            f"expected {processes} processes, got {found.size}: launcher and MPI library are not "
            "made for one another; try another launcher, say srun --mpi=pmix or mpirun"
        )
    if len(set(found.digests)) > 1:
        raise RuntimeError(f"expected one solution, got {len(set(found.digests))} different ones")
    if found.rank == 0:
        hosts = {name: found.hosts.count(name) for name in sorted(set(found.hosts))}
        write_json(out, {"hosts": hosts, "origin": origin("understudy.cli.mpi_check")})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mpi-check")
