import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg.lapack import dpotrf

from understudy.__main__ import main
from understudy.cli import doctor


def test_the_table_has_a_line_for_every_check(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.split()[0] in ("ok", "warn") for line in lines)


def test_a_broken_check_is_told_and_fails(capsys, monkeypatch):
    broken = {"rendering": lambda: ("no display", "fail", "apt install libegl1")}
    monkeypatch.setattr(doctor, "CHECKS", broken)
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "no display  -> apt install libegl1" in captured.out
    assert "not usable: rendering" in captured.err


def test_cholesky_is_that_of_an_optimised_blas():
    """A reference BLAS works column by column: an order slower than the numpy loop's block form.

    The peer is one unblocked right-looking factorisation in NumPy, whose work is outer products
    in memory; an optimised LAPACK is many times faster, the reference one is not.
    """
    n = 600
    matrix = np.eye(n) * n + 1.0
    start = doctor.time.perf_counter()
    a = matrix.copy()
    for j in range(n):
        a[j:, j] /= np.sqrt(a[j, j])
        a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j + 1 :, j])
    peer = doctor.time.perf_counter() - start
    assert np.allclose(np.tril(a), np.tril(dpotrf(matrix, lower=1)[0]))
    assert doctor.cholesky_seconds(n) < peer / 5


@pytest.mark.skipif(
    not Path("/usr/lib/petsc").exists() or sys.prefix == "", reason="Debian's PETSc only"
)
def test_petsc_does_not_use_the_reference_blas():
    assert "openblas" in doctor.system_blas()
