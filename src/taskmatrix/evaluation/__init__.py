"""`taskmatrix eval`: measures parts on sets of cases, in one neutral format."""

from taskmatrix.evaluation.figures import case_line, planning_figures
from taskmatrix.evaluation.measuring import ABLATIONS, measure_planning
from taskmatrix.evaluation.retrieval import Progress, RetrievalReport, evaluate_retrieval
from taskmatrix.evaluation.sets import load_planning_set, load_retrieval_set

__all__ = [
    "ABLATIONS",
    "Progress",
    "RetrievalReport",
    "case_line",
    "evaluate_retrieval",
    "load_planning_set",
    "load_retrieval_set",
    "measure_planning",
    "planning_figures",
]
