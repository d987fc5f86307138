"""Trustworthy stand-ins for expensive physics: a Snakemake pipeline over a Python package."""

__version__ = "0.1.0"
