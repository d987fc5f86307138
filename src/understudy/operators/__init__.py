"""Maps between functions: values at some points -> values at any others.

A method is an `nn.Module` under one contract, `Operator`; one that also reads and writes equations
is a `SymbolOperator`.
"""

from understudy.operators.contract import Operator, SymbolOperator
from understudy.operators.decoding import Decoded, decode
from understudy.operators.deeponet import DeepONet
from understudy.operators.encoders import MeshEncoder, PatchEncoder
from understudy.operators.fno import FNO
from understudy.operators.prose import BASE, PAPER, PROSE, SMALL, Sizes
from understudy.operators.series_fno import SeriesFNO
from understudy.operators.symbol_fno import SymbolFNO

__all__ = [
    "BASE",
    "FNO",
    "PAPER",
    "PROSE",
    "SMALL",
    "Decoded",
    "DeepONet",
    "MeshEncoder",
    "Operator",
    "PatchEncoder",
    "SeriesFNO",
    "Sizes",
    "SymbolFNO",
    "SymbolOperator",
    "decode",
]
