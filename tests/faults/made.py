"""Data sets and trainings that faults happen to."""

import sys
import time
from pathlib import Path

import torch
from torch import nn

from synthetic import UNITS
from understudy.data import Header, Variable
from understudy.nn import Training, fit
from understudy.tensors import write_tensors


def header(train, test):
    return Header(
        name="necked", seed=0, code="", specification={}, units=UNITS,
        variables=[Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True)],
        sets={"train": train, "test": test},
    )  # fmt: skip


def train(checkpoint, out, wait_at=-1):
    """A linear network in 30 steps, with a checkpoint every 10; batch `wait_at` never comes."""
    network = nn.Linear(3, 1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.1)

    def batches(number):
        if number == wait_at:
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
            time.sleep(600.0)
        x = torch.randn(8, 3, generator=torch.Generator().manual_seed(number))
        return x, x.sum(dim=1, keepdim=True)

    def loss(network, batch):
        return ((network(batch[0]) - batch[1]) ** 2).mean()

    spec = Training(steps=30, every=10)
    fit(network, loss, batches, spec, checkpoint=Path(checkpoint))
    write_tensors(Path(out), dict(network.state_dict()), {})
