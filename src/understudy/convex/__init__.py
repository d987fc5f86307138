"""Two-layer ReLU networks trained to a certified optimum, by convex programs.

A method has `solve(problem) -> Solution`; what a solution claims can be checked by `check`, which
shares no function with the solvers.
"""

from understudy.convex.admm import ADMM
from understudy.convex.attacks import attacked, linear_control, worst_margins
from understudy.convex.block_descent import BlockDescent, Minimum
from understudy.convex.branch_and_bound import BranchAndBound, Greatest
from understudy.convex.check import Checked, check, probe
from understudy.convex.column_generation import ColumnGeneration
from understudy.convex.contract import Solver
from understudy.convex.forests import forest_of, solve_forest
from understudy.convex.interior_point import InteriorPoint
from understudy.convex.losses import Hinge, Logistic, Loss, Squared, SquaredHinge
from understudy.convex.network import ReluNetwork
from understudy.convex.newton import NetworkNewton
from understudy.convex.path import Selection, beta_max, learning_curve, path, selected
from understudy.convex.patterns import Patterns, all_patterns, sampled_patterns
from understudy.convex.pricing import Priced, Pricing
from understudy.convex.problem import ReluProblem
from understudy.convex.rbcd import RBCD
from understudy.convex.robust import Robust, RobustColumns
from understudy.convex.sampled_convex import SampledConvex
from understudy.convex.solution import Solution, certified, dual_value
from understudy.convex.solve import auto, solve, solve_outputs

__all__ = [
    "ADMM",
    "RBCD",
    "BlockDescent",
    "BranchAndBound",
    "Checked",
    "ColumnGeneration",
    "Greatest",
    "Hinge",
    "InteriorPoint",
    "Logistic",
    "Loss",
    "Minimum",
    "NetworkNewton",
    "Patterns",
    "Priced",
    "Pricing",
    "ReluNetwork",
    "ReluProblem",
    "Robust",
    "RobustColumns",
    "SampledConvex",
    "Selection",
    "Solution",
    "Solver",
    "Squared",
    "SquaredHinge",
    "all_patterns",
    "attacked",
    "auto",
    "beta_max",
    "certified",
    "check",
    "dual_value",
    "forest_of",
    "learning_curve",
    "linear_control",
    "path",
    "probe",
    "sampled_patterns",
    "selected",
    "solve",
    "solve_forest",
    "solve_outputs",
    "worst_margins",
]
