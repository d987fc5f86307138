"""The console command: `understudy VERB ...`, also `python -m understudy VERB ...`.

The table names a module a verb; it is imported when the verb is chosen, so that help is instant.
"""

import importlib
import os
import select
import sys
from collections.abc import Sequence

from understudy import __version__
from understudy.advice import advice

__all__ = ["VERBS", "main"]

VERBS = {
    "doctor": ("understudy.cli.doctor", "what this machine offers, and what is wrong"),
    "mpi-check": ("understudy.cli.mpi_check", "do a cluster's launcher, MPI and DOLFINx fit?"),
    "status": ("understudy.cli.status", "how far a study is, and how long it will take"),
    "compare": ("understudy.cli.compare", "what differs between two studies, and why"),
    "verify": ("understudy.cli.verify", "numbers of a study against a reference"),
    "mmgp-fit": ("understudy.cli.mmgp_fit", "train MMGP on a data set or a table of meshes"),
    "mmgp-predict": ("understudy.cli.mmgp_predict", "fields and their deviations on new meshes"),
    "boundary-fit": ("understudy.cli.boundary_fit", "learn the law of a zone's edge histories"),
    "boundary-sample": ("understudy.cli.boundary_sample", "new histories of a learned law"),
    "boundary-estimate": ("understudy.cli.boundary_estimate", "what a zone does under a law"),
    "prose-solve": ("understudy.cli.prose_solve", "the equation behind time series"),
    "prose-train": ("understudy.cli.prose_train", "train PROSE on families of equations"),
    "evolution-train": ("understudy.cli.evolution_train", "train a network on evolving fields"),
    "data-import": ("understudy.cli.data_import", "a folder of meshes and a table as a data set"),
    "data-card": ("understudy.cli.data_card", "what a data set holds"),
    "data-export": ("understudy.cli.data_export", "one sample of a data set as VTU or XDMF"),
    "plaid-export": ("understudy.cli.plaid_export", "a data set as a folder of PLAID"),
    "plaid-import": ("understudy.cli.plaid_import", "a folder of PLAID as a data set"),
    "design": ("understudy.cli.design", "stage: design of experiments"),
    "simulate": ("understudy.cli.simulate", "stage: a batch of finite-element simulations"),
    "collect": ("understudy.cli.collect", "stage: batches into one data set"),
    "impact-run": ("understudy.cli.impact_run", "stage: a batch of impacts on a plate"),
    "impact-plastic": ("understudy.cli.impact_plastic", "stage: impacts, the zone may yield"),
    "impact-zone": ("understudy.cli.impact_zone", "stage: the plate's zone as a small model"),
    "boundary-evaluate": ("understudy.cli.boundary_evaluate", "stage: draws of a law, compared"),
    "boundary-score": ("understudy.cli.boundary_score", "stage: scores of all laws"),
    "boundary-coverage": ("understudy.cli.boundary_coverage", "stage: do intervals hold?"),
    "boundary-conditional": ("understudy.cli.boundary_conditional", "stage: inputs left out"),
    "boundary-plastic": ("understudy.cli.boundary_plastic", "stage: a zone that yields"),
    "boundary-rare": ("understudy.cli.boundary_rare", "stage: rare events of a law"),
    "boundary-changes": ("understudy.cli.boundary_changes", "stage: changed zones"),
    "boundary-coverage-score": (
        "understudy.cli.boundary_coverage_score",
        "stage: how many intervals hold",
    ),
    "boundary-figures": ("understudy.cli.boundary_figures", "stage: pictures of boundary laws"),
    "boundary-section": ("understudy.cli.boundary_section", "stage: their part of the report"),
    "morph": ("understudy.cli.morph", "stage: a training set carried to one reference mesh"),
    "baseline-fit": ("understudy.cli.baseline_fit", "stage: what one would try first"),
    "authors-fit": ("understudy.cli.authors_fit", "stage: the recipe of the authors' code"),
    "evaluate": ("understudy.cli.evaluate", "stage: a surrogate's predictions of a test set"),
    "score": ("understudy.cli.score", "stage: errors and coverage of all methods"),
    "mmgp-trust": ("understudy.cli.mmgp_trust", "stage: strange samples, and the error's parts"),
    "mmgp-figures": ("understudy.cli.mmgp_figures", "stage: pictures of an MMGP study"),
    "mmgp-section": ("understudy.cli.mmgp_section", "stage: an MMGP study's part of the report"),
    "mmgp-learning": ("understudy.cli.mmgp_learning", "stage: error against training samples"),
    "coarse-design": ("understudy.cli.coarse_design", "stage: a set once more on coarse meshes"),
    "coarse-predict": ("understudy.cli.coarse_predict", "stage: coarse simulations as a rival"),
    "triage": ("understudy.cli.triage", "stage: refused designs, for the real solver"),
    "mmgp-answers": ("understudy.cli.mmgp_answers", "stage: who answered what"),
    "prose-rival": ("understudy.cli.prose_rival", "stage: a network beside a PROSE"),
    "prose-evaluate": ("understudy.cli.prose_evaluate", "stage: all methods on one split"),
    "prose-adapt": ("understudy.cli.prose_adapt", "stage: a PROSE meets new families"),
    "prose-report": ("understudy.cli.prose_report", "stage: tables and pictures of equations"),
    "convex-fit": ("understudy.cli.convex_fit", "train a certified network on a table"),
    "convex-prove": ("understudy.cli.convex_prove", "check a certificate by other code"),
    "convex-predict": ("understudy.cli.convex_predict", "values of a certified network"),
    "convex-optimise": ("understudy.cli.convex_optimise", "its best input, with a proof"),
    "convex-case": ("understudy.cli.convex_case", "stage: solvers of ReLU networks compared"),
    "convex-quantity": ("understudy.cli.convex_quantity", "stage: a scalar and its rivals"),
    "convex-robust": ("understudy.cli.convex_robust", "stage: classifiers against attacks"),
    "convex-report": ("understudy.cli.convex_report", "stage: tables of certified networks"),
    "evolution-evaluate": ("understudy.cli.evolution_evaluate", "stage: all methods on fields"),
    "evolution-report": ("understudy.cli.evolution_report", "stage: tables of fields"),
    "chain-zones": ("understudy.cli.chain_zones", "stage: zones with other holes"),
    "chain-direct": ("understudy.cli.chain_direct", "stage: full runs with another hole"),
    "chain-conditions": ("understudy.cli.chain_conditions", "stage: zones under real histories"),
    "chain-responses": ("understudy.cli.chain_responses", "stage: zones under a law's modes"),
    "chain-fit": ("understudy.cli.chain_fit", "stage: MMGP of a linear zone"),
    "chain-equipment": ("understudy.cli.chain_equipment", "stage: equipment's equation"),
    "chain-evaluate": ("understudy.cli.chain_evaluate", "stage: what histories ask of zones"),
    "chain-map": ("understudy.cli.chain_map", "stage: failure over geometry, certified"),
    "chain-score": ("understudy.cli.chain_score", "stage: a chain against full runs"),
    "chain-report": ("understudy.cli.chain_report", "stage: tables and pictures of a chain"),
    "crate": ("understudy.cli.crate", "stage: a study as an RO-Crate"),
    "report": ("understudy.cli.report", "stage: report, metrics, timings, provenance"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb; 0 done, 1 the computation failed, 2 bad input."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(_help())
        return 0
    if words[0] == "--version":
        sys.stdout.write(f"understudy {__version__}\n")
        return 0
    if words[0] not in VERBS:
        sys.stderr.write(f"understudy: unknown verb {words[0]!r}; see understudy --help\n")
        return 2
    try:
        code = importlib.import_module(VERBS[words[0]][0]).main(words[1:])
        sys.stdout.flush()
        return code
    except BrokenPipeError as error:
        if not _unread():
            sys.stderr.write(f"understudy {words[0]}: {error}\n")
            return 2
        # As a program that SIGPIPE ends: who reads the output has had enough, as `head` has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, RuntimeError, OSError, ModuleNotFoundError, ArithmeticError) as error:
        message = " ".join(str(error).split())
        more = advice(error, words[0])
        sys.stderr.write(f"understudy {words[0]}: {message}{f'; try: {more}' if more else ''}\n")
        return 1 if isinstance(error, RuntimeError | ArithmeticError) else 2
    except KeyboardInterrupt:
        sys.stderr.write(f"understudy {words[0]}: interrupted; the same command begins again\n")
        return 130


def _unread() -> bool:
    """Whether it is the standard output that nobody reads any more."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _help() -> str:
    rows = "".join(f"  {verb:<23} {purpose}\n" for verb, (_, purpose) in VERBS.items())
    return (
        f"understudy {__version__}: trustworthy stand-ins for expensive physics\n\n"
        f"usage: understudy VERB [--help] ...\n\n{rows}"
    )


if __name__ == "__main__":
    sys.exit(main())
