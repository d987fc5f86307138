"""Boundary histories of any finite-element program, as a folder of CSV files.

    nodes.csv         node, x, y            the nodes of the edge, in their order
    run_<number>.csv  time, node, u_x, u_y  a row a node and time, in any order
    units.json        length, time and each input; stress and displacement where they are needed
    runs.csv          run, <input>, ...     what is known of each run; may be absent
    quantity.csv      run, quantity         greatest stress of each run; may be absent

Read numbers are in m, s and Pa. Displacements have the unit of length unless `displacement` says
another; inputs keep the unit that they have. Nothing is repaired: what does not fit is an error
that names file, line or run, what was expected and what came.
"""

from understudy.data.history_folder.read import read_histories, read_history_folder
from understudy.data.history_folder.write import write_history_folder

__all__ = ["read_histories", "read_history_folder", "write_history_folder"]
