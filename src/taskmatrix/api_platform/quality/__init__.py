"""The quality of APIs: their documentation is linted, graded and completed, their behaviour checked."""

from taskmatrix.api_platform.quality.composing import without_foreign
from taskmatrix.api_platform.quality.findings import RULES, LintFinding, LintRule, is_poisoned
from taskmatrix.api_platform.quality.grades import GRADE_RULES, Grade, GradeRule, Grading, grade, grading
from taskmatrix.api_platform.quality.lint import Surroundings, glance, lint
from taskmatrix.api_platform.quality.proposals import Proposal, propose
from taskmatrix.api_platform.quality.report import grades_of, grading_of
from taskmatrix.api_platform.quality.strictness import poison_in, strict

__all__ = [
    "GRADE_RULES",
    "RULES",
    "Grade",
    "GradeRule",
    "Grading",
    "LintFinding",
    "LintRule",
    "Proposal",
    "Surroundings",
    "glance",
    "grade",
    "grades_of",
    "grading",
    "grading_of",
    "is_poisoned",
    "lint",
    "poison_in",
    "propose",
    "strict",
    "without_foreign",
]
