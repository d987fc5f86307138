"""Data sets of PLAID: written so that nothing is lost, read whoever wrote them.

PLAID keeps a sample as a CGNS tree with globals, a split as a folder of samples, and tasks as
problem definitions. Here:

    Base_2_2/Zone           points, Elements_TRI_3, VertexFields/<field>
    Base_2_2/Origin         index, seed, residual, seconds_<step>
    Global/<name>           inputs and output scalars
    data_description        units in words, and the header of the data set as a line of JSON

A set that lies in another becomes a problem definition, any other set a split. The
backends `cgns` and `zarr` of PLAID 1.0 keep every digit; `hf_datasets` makes single precision of
double and is not offered. This package alone imports PLAID.
"""

try:
    import plaid as _plaid  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"PLAID is not installed ({error}): pip install 'understudy[plaid]'", name=error.name
    ) from error

from understudy.data.plaid.read import read_plaid
from understudy.data.plaid.write import write_plaid

__all__ = ["read_plaid", "write_plaid"]
