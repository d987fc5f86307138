"""Our operators and other people's on the same fields: neuraloperator's FNO, DeepXDE's DeepONet.

Advection, Burgers', Fisher's and Korteweg and de Vries' equations on a periodic line, 2 % noise:
sixteen slices are seen, the later 48 are asked for. All learn the same batches, in the same loop
(AdamW, a warm-up and a cosine), with about as many channels, modes and terms; the error is that of
new fields, seconds are CPU seconds of one thread. Peers run in `.venv-peers` (`bash envs/setup.sh
peers`); one that is absent prints "not run". `--json` prints numbers by name.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from understudy.surrogates.evolution_sets import SEEN, drawn, noisy_fields

PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
FAMILIES = ("advection", "burgers", "fisher", "kdv")
LOOP = """
import json, math, sys, time
import numpy as np, torch
torch.set_num_threads(1)
d, steps = np.load(sys.argv[1]), int(sys.argv[2])
x, y, new, truth = (torch.from_numpy(d[k]) for k in ("x", "y", "new", "truth"))
places, times = torch.linspace(0, 1, 129)[:-1], torch.arange(16, 64) / 63
queries = torch.cartesian_prod(times, places)
def size(seen):
    return seen.square().mean((1, 2), keepdim=True).sqrt()
def relative(found, wanted):
    return ((found - wanted).square().mean((1, 2)) / wanted.square().mean((1, 2))).sqrt()
def share(step):
    rising = 0.05 * steps
    if step < rising:
        return (step + 1) / (int(rising) + 1)
    return (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2
def learn(make, answer, rate):
    torch.manual_seed(0)
    network, order = make(), torch.Generator().manual_seed(0)
    def scaled(seen):
        return answer(network, seen / size(seen)) * size(seen)
    adam = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.LambdaLR(adam, share)
    begin = time.process_time()
    for _ in range(steps):
        k = torch.randint(len(x), (16,), generator=order)
        loss = relative(scaled(x[k]), y[k]).mean()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        plan.step()
    seconds = time.process_time() - begin
    with torch.no_grad():
        error = torch.cat([relative(scaled(a), b) for a, b in zip(new.split(16), truth.split(16))])
    print(json.dumps({"error": error.clamp(max=1).mean().item(), "seconds": seconds,
                      "numbers": sum(p.numel() for p in network.parameters())}))
"""
OURS = """
from understudy.operators import FNO, DeepONet
def answer(network, seen):
    n = len(seen)
    found = network(places[None, :, None].expand(n, -1, -1), seen.transpose(1, 2),
                    queries.expand(n, -1, -1))
    return found.unflatten(1, (48, 128))[..., 0]
"""
FOURIER = """
def make():
    return FNO(features=16, knots=48, first=16 / 63, last=1.0, width=48, modes=24)
learn(make, answer, 3e-3)
"""
BRANCHES = """
def make():
    return DeepONet(sensors=128, features=16, queries=2, outputs=1, width=256, terms=128)
learn(make, answer, 1e-3)
"""
THEIR_FOURIER = """
from neuralop.models import FNO
def make():
    return FNO(n_modes=(48,), in_channels=16, out_channels=48, hidden_channels=48, n_layers=4)
learn(make, lambda network, seen: network(seen), 3e-3)
"""
THEIR_BRANCHES = """
import os
os.environ["DDE_BACKEND"] = "pytorch"
import deepxde
def make():
    return deepxde.nn.pytorch.DeepONetCartesianProd(
        [2048, 256, 256, 128], [2, 256, 256, 128], "gelu", "Glorot normal")
def answer(network, seen):
    return network((seen.flatten(1), queries)).unflatten(1, (48, 128))
learn(make, answer, 1e-3)
"""
CODES = {
    "fno": (sys.executable, LOOP + OURS + FOURIER),
    "fno_of_neuraloperator": (str(PEERS), LOOP + THEIR_FOURIER),
    "deeponet": (sys.executable, LOOP + OURS + BRANCHES),
    "deeponet_of_deepxde": (str(PEERS), LOOP + THEIR_BRANCHES),
}


def fields(many: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy windows and what follows, of all families one after the other."""
    windows, later = [], []
    for k, name in enumerate(FAMILIES):
        rng = np.random.default_rng([seed, k])
        own = drawn(name, many, rng)
        sizes = 0.02 * np.sqrt((own.states**2).mean(axis=(1, 2)))
        windows.append(noisy_fields(own, own.states[:, :SEEN], sizes, rng))
        later.append(own.states[:, SEEN:])
    return tuple(np.concatenate(part).astype(np.float32) for part in (windows, later))


def main(steps: int = 1500, pool: int = 600, tests: int = 50) -> dict[str, float]:
    """Errors, seconds and ratios theirs / ours."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fields.npz"
        (x, y), (new, truth) = fields(pool, 0), fields(tests, 1)
        np.savez(path, x=x, y=y, new=new, truth=truth)
        for name, (python, code) in CODES.items():
            if not Path(python).is_file():
                continue
            made = subprocess.run(
                [python, "-c", code, str(path), str(steps)], capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            if made.returncode:
                sys.stderr.write(f"{name}: not run\n{made.stderr[-2000:]}\n")
                continue
            found |= {
                f"{name}.{k}": v for k, v in json.loads(made.stdout.splitlines()[-1]).items()
            }
    for own, other in (("fno", "fno_of_neuraloperator"), ("deeponet", "deeponet_of_deepxde")):
        for key in ("error", "seconds"):
            if f"{other}.{key}" in found:
                found[f"{other}.{key}_over_ours"] = found[f"{other}.{key}"] / found[f"{own}.{key}"]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--steps", type=int, default=1500)
    options = parser.parse_args()
    numbers = main(steps=options.steps)
    if options.json:
        print(json.dumps(numbers))
    else:
        for name in CODES:
            row = [numbers.get(f"{name}.{key}") for key in ("error", "seconds", "numbers")]
            if row[0] is None:
                print(f"{name}: not run")
            else:
                print(f"{name}: error {row[0]:.4f}, {row[1]:.0f} CPU s, {row[2]:.3g} numbers")
        for key, value in numbers.items():
            if key.endswith("over_ours"):
                print(f"{key}: {value:.2f}")
