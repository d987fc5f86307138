"""Many faults on the study `tiny`: asked for by `make test-faults`, never run by default.

    python tests/faults/campaign.py kills --count 50     SIGKILLs at random times, same digests
    python tests/faults/campaign.py bits --count 1000    single bits in stored data and models
    python tests/faults/campaign.py failures             5 % and 20 % of samples that fail

Each works on a copy of the project in a scratch folder and prints one line of figures.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from understudy.hdf5 import check_seal
from understudy.tensors import read_tensors

ROOT = Path(__file__).parents[2]
PARTS = "Snakefile workflow config profiles src envs data/imported data/outside".split()


def copied(root: Path) -> Path:
    """The project without results, in a folder that may be spoilt."""
    root.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, root / part)
    (root / ".venv").symlink_to((ROOT / ".venv").resolve())
    if (ROOT / ".cache").is_dir():
        shutil.copytree(ROOT / ".cache", root / ".cache")
    return root


def started(root: Path) -> subprocess.Popen:
    """The study, as people start it, in a process group of its own."""
    free = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "PYTHONPATH"))}
    return subprocess.Popen(
        ["bash", "workflow/study.sh", "tiny"], cwd=root, env=free, start_new_session=True,
        stdout=(root / "study.out").open("a"), stderr=subprocess.STDOUT,
    )  # fmt: skip


def finished(root: Path) -> None:
    """Run the study to its end.

    Raises:
        RuntimeError: it failed; the end of its output.
    """
    if started(root).wait():
        raise RuntimeError((root / "study.out").read_text()[-3000:])


def digests(root: Path) -> dict[str, str]:
    """SHA-256 of what inputs and seeds decide: numbers, models, laws."""
    results = root / "results" / "tiny"
    fitted = sorted(p for kind in ("models", "laws") for p in results.rglob(f"{kind}/*"))
    paths = [results / "metrics.json", *fitted]
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file()
    }


def kills(count: int, seed: int) -> None:
    """SIGKILL the whole study at random times, go on, and compare what comes out at the end."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as scratch:
        root = copied(Path(scratch) / "project")
        begin = time.monotonic()
        finished(root)
        whole, expected = time.monotonic() - begin, digests(root)
        done, ends, same, running = 0, 0, 0, set[str]()
        while done < count:
            shutil.rmtree(root / "results")
            shutil.rmtree(root / "data" / "generated")
            while done < count:
                process = started(root)
                try:
                    if process.wait(timeout=float(rng.uniform(0.03, 0.17)) * whole):
                        raise RuntimeError((root / "study.out").read_text()[-3000:])
                    break
                except subprocess.TimeoutExpired:
                    running |= rules_running(root)
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    dead(root)
                    done += 1
            finished(root)
            ends += 1
            same += digests(root) == expected
            print(f"kills: {done} of {count}, {same} of {ends} studies end in the same digests")
        print(
            f"kills: {done} SIGKILLs, all resumed; {same} of {ends} studies ended in the same "
            f"{len(expected)} digests; killed while running: {', '.join(sorted(running))}"
        )
        sys.exit(same != ends)


def dead(root: Path) -> None:
    """Wait for the last of the killed that work in a folder."""
    end = time.monotonic() + 60
    while any(at == root for at in working_in()):
        if time.monotonic() > end:
            raise RuntimeError(f"{root}: a killed process is still there")
        time.sleep(0.1)
    # The last of them may let go of the lock a moment after it has left the folder.
    with (root / ".snakemake" / "study.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def working_in() -> Iterator[Path]:
    """Folders in which processes are; those that have ended are in none."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                yield (process / "cwd").readlink()


def rules_running(root: Path) -> set[str]:
    """First words of the messages of jobs that ran when the study was killed."""
    from understudy.studies import progress_of

    log = root / ".snakemake" / "study-tiny.log"
    lines = log.read_text().splitlines() if log.is_file() else []
    return {" ".join(text.split()[:2]) for _, text in progress_of(lines).running.values()}


def bits(count: int, seed: int, project: Path | None) -> None:
    """Flip single bits of stored data and models; each must be noticed when the file is opened."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as scratch:
        root = project or copied(Path(scratch) / "project")
        finished(root)
        files = [
            path
            for folder in ("data/generated", "results/tiny")
            for suffix in ("h5", "safetensors")
            for path in sorted((root / folder).rglob(f"*.{suffix}"))
        ]
        noticed = 0
        for _ in range(count):
            path = files[int(rng.integers(len(files)))]
            content = bytearray(path.read_bytes())
            place = int(rng.integers(8 * len(content)))
            content[place // 8] ^= 1 << place % 8
            changed = Path(scratch) / f"changed{path.suffix}"
            changed.write_bytes(content)
            try:
                (check_seal if path.suffix == ".h5" else read_tensors)(changed)
                print(f"bits: bit {place} of {path.relative_to(root)} was not noticed")
            except ValueError:
                noticed += 1
        print(f"bits: {noticed} of {count} noticed, in {len(files)} files")
        sys.exit(noticed != count)


def failures(seed: int) -> None:
    """Let samples fail in the simulation; the study must end, list them and warn of the bias."""
    good = True
    for share in (0.05, 0.2):
        with tempfile.TemporaryDirectory() as scratch:
            root = copied(Path(scratch) / "project")
            config, lost = root / "config" / "tiny.yaml", sorted_failures(share, seed)
            text = config.read_text().replace("train: 8\n", "train: 40\n", 1)
            text = text.replace("tolerated_failures: 0.02", "tolerated_failures: 0.3", 1)
            # Among forty plates are narrow necks, whose corners a coarser mesh cuts off.
            text = text.replace("mesh_size: 0.2,", "mesh_size: 0.1,", 1)
            config.write_text(text)
            source = root / "src/understudy/fem/tensile_plate.py"
            marker = "        try:\n            plate = notched_plate("
            text = source.read_text()
            if marker not in text:
                raise RuntimeError("failures: the place where a sample is meshed has changed")
            spoilt = f"        try:\n            if index in {lost}:\n                raise "
            spoilt += 'MeshingError("made to fail")\n            plate = notched_plate('
            source.write_text(text.replace(marker, spoilt, 1))
            finished(root)
            section = next((root / "results/tiny").rglob("mmgp/*/section.json"))
            told = json.loads(section.read_text())
            rows = next(t for t in told["tables"] if t["caption"] == "Failed samples")["rows"]
            warned = any("Warning, bias" in note for note in told["notes"])
            good &= warned and [row[0] for row in rows] == lost
            print(f"failures: {share:.0%} of 40 failed, listed {len(rows)}, warned {warned}")
    sys.exit(not good)


def sorted_failures(share: float, seed: int) -> list[int]:
    """Numbers of training samples that shall fail."""
    rng = np.random.default_rng(seed)
    return sorted(int(i) for i in rng.choice(40, size=round(share * 40), replace=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["kills", "bits", "failures"])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--project", type=Path, help="of bits: one where the study is done")
    asked = parser.parse_args()
    if asked.what == "failures":
        failures(asked.seed)
    elif asked.what == "bits":
        bits(asked.count, asked.seed, asked.project)
    else:
        kills(asked.count, asked.seed)
