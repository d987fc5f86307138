"""Layers that several families of networks are made of, and the loop that trains them."""

from understudy.nn.attention import CrossAttention, SelfAttention
from understudy.nn.blocks import CausalBlock, EncoderBlock, QueryBlock
from understudy.nn.layers import FourierFeatures, SpectralConvolution, mlp, seeded
from understudy.nn.train import History, Training, fit

__all__ = [
    "CausalBlock",
    "CrossAttention",
    "EncoderBlock",
    "FourierFeatures",
    "History",
    "QueryBlock",
    "SelfAttention",
    "SpectralConvolution",
    "Training",
    "fit",
    "mlp",
    "seeded",
]
