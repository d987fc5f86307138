"""Small disks, which need root."""

import subprocess

import pytest


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 64 KiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a file system of 64 KiB cannot be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
