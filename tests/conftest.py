"""Pin maths threads before any numerical library loads: oversubscription slows tests a lot."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("PYVISTA_OFF_SCREEN", "true")
