"""A study without a network, and killed in the middle."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from faults.campaign import copied

pytestmark = [pytest.mark.fault, pytest.mark.long]


def test_the_study_runs_without_a_network():
    # The machine itself must be there, as without a cable: MPI starts on the loopback.
    inside = 'ip link set lo up && exec "$@"'
    alone = ["unshare", "--net", "--map-root-user", "sh", "-c", inside, "sh"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("unshare: this machine allows no network namespace")
    with tempfile.TemporaryDirectory() as scratch:
        root = copied(Path(scratch) / "project")
        done = subprocess.run(
            [*alone, "bash", "workflow/study.sh", "tiny"], cwd=root, capture_output=True, text=True
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        assert (root / "results/tiny/ro-crate-metadata.json").is_file()
