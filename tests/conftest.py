"""Pin maths threads before any numerical library loads: oversubscription slows tests a lot."""

import contextlib
import os
from functools import partial

import pytest
from _pytest import runner

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("PYVISTA_OFF_SCREEN", "true")

# Wheels of VTK and HDF5 bring C++ libraries that clash with DOLFINx's when they load after it.
for module in ("h5py", "pyvista"):
    with contextlib.suppress(ModuleNotFoundError):
        __import__(module)


def pytest_collection_modifyitems(items):
    """The longest file first, so that the others fit beside it when two processes share them."""
    items.sort(key=lambda item: item.path.name != "test_pipeline.py")


def _roomy(call):
    """Call in a frame that has room behind it.

    CPython keeps frames in chunks of 16 KiB. A loop that is as deep as the end of one maps and
    unmaps memory at each of its calls, which takes four times as long as all that tests check.
    """
    return call()


_roomy.__code__ = _roomy.__code__.replace(co_stacksize=100_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    return _roomy(partial(runner.pytest_runtest_protocol, item, nextitem))
