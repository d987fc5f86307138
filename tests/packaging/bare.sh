#!/usr/bin/env bash
# bare.sh: build a wheel and an sdist, install each in an environment that has nothing else, on
# NumPy 2 and without DOLFINx, and use the package there.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python=/usr/bin/python3
unset PYTHONPATH
"$python" -m venv "$scratch/build"
"$scratch/build/bin/pip" install --quiet "$(grep '^hatchling==' envs/numpy2.txt)"
"$scratch/build/bin/python" -m hatchling build -d "$scratch/dist" > /dev/null
for file in "$scratch"/dist/*; do
  environment=$scratch/$(basename "$file").venv
  "$python" -m venv "$environment"
  "$environment/bin/pip" install --quiet "$(grep '^numpy==' envs/numpy2.txt)" \
    "$(grep '^torch==' envs/numpy2.txt)" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
  "$environment/bin/pip" install --quiet --constraint envs/numpy2.txt "$file"
  (cd "$scratch" && "$environment/bin/python" - << 'PYTHON'
import importlib.resources
import importlib.util

import numpy as np

import understudy
from understudy.regression import GP

assert np.__version__.startswith("2.")
assert importlib.util.find_spec("dolfinx") is None
assert "site-packages" in understudy.__file__
assert importlib.resources.files("understudy").joinpath("py.typed").is_file()
x = np.linspace(0, 1, 12)[:, None]
mean = GP().fit(x, np.sin(6 * x)).predict(x + 0.01).mean
assert np.abs(mean - np.sin(6 * (x + 0.01))).max() < 1e-2
PYTHON
  )
  "$environment/bin/understudy" --version
  echo "bare: $(basename "$file") installs and works"
done
