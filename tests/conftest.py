"""Pin maths threads before any numerical library loads: oversubscription slows tests a lot."""

import contextlib
import os

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
