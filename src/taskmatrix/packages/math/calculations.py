"""The package's APIs. Expressions are read and checked here; the work is done in a worker process."""

from typing import cast

from taskmatrix.core.api import api
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.math.answers import Answer, Solution
from taskmatrix.packages.math.grammar import names_in, parse_equation, parse_expression, parse_variable
from taskmatrix.packages.math.notation import shorten
from taskmatrix.packages.math.process import calculate

HIGHEST_ORDER = 20


@api(effects="read")
def evaluate(expression: str) -> Answer:
    """Calculate (compute, evaluate, work out) an arithmetic expression: what is its value, how much is it.

    Adds, subtracts, multiplies and divides numbers; takes powers, roots, percentages, logarithms, sines and the
    like.

    Args:
        expression: The calculation in everyday notation, such as "2 * (3 + 4)", "20% of 150", "sqrt(2)/2" or
            "3^4". log is the natural logarithm, log10 the common one; angles are in radians unless marked with °.

    Returns:
        The value exactly and as a decimal number.

    Raises:
        ApiArgumentError: The expression cannot be read, divides by zero or has too many digits.
        ApiError: The calculation took too long.

    Example:
        evaluate("20% of 150")["decimal"]

    Composition:
        For an equation with an unknown use `solve`; to shorten a formula with letters use `simplify`. Use the
        field `decimal` of the result in further arithmetic, `exact` in texts.
    """
    parse_expression(expression)
    return cast(Answer, calculate("evaluate", expression=expression))


@api(effects="read")
def simplify(expression: str) -> Answer:
    """Simplify (shorten, reduce, collect the terms of) an algebraic expression or formula.

    Args:
        expression: The formula in everyday notation, such as "2x + 3x" or "(x^2 - 1)/(x - 1)".

    Returns:
        The simplified formula, and its decimal value if it has no letters.

    Raises:
        ApiArgumentError: The expression cannot be read.
        ApiError: The calculation took too long.

    Example:
        simplify("(x^2 - 1)/(x - 1)")["exact"]

    Composition:
        The field `exact` of the result can be given to the other functions of this package as an expression.
    """
    parse_expression(expression)
    return cast(Answer, calculate("simplify", expression=expression))


@api(effects="read")
def solve(equation: str, variable: str | None = None) -> list[Solution]:
    """Solve an equation: find the unknown (the roots, the zeros, what x must be).

    Args:
        equation: The equation in everyday notation, such as "2x + 3 = 7"; without an equals sign, the expression is
            set equal to zero.
        variable: The unknown to solve for, such as "x"; needed only if the equation has several letters.

    Returns:
        The solutions: real ones first, in ascending order; empty if there is none. Of the endlessly many
        solutions of equations such as sin(x) = 0, those of the first period; where no exact method is known, the
        solutions found between -100 and 100.

    Raises:
        ApiArgumentError: The equation cannot be read, has no unknown, or is true for every value.
        ApiError: No way to solve it is known, or it took too long.

    Example:
        for solution in solve("x^2 = 2"): print(solution["exact"])

    Composition:
        Give one equation at a time. Loop over the result, or take its first item `[0]`.
    """
    tree = parse_equation(equation)
    unknown = _variable(names_in(tree), variable, default=None)
    if unknown not in names_in(tree):
        raise ApiArgumentError(f"the equation {shorten(equation)} does not contain {unknown!r}")
    return cast(list[Solution], calculate("solve", equation=equation, variable=unknown))


@api(effects="read")
def differentiate(expression: str, variable: str | None = None, order: int = 1) -> Answer:
    """Differentiate a function: find its derivative (rate of change, slope).

    Args:
        expression: The function in everyday notation, such as "x^2 + 3x" or "sin(2x)".
        variable: The letter to differentiate by (with respect to), such as "x"; needed only if there are several.
        order: How many times: 1 (once) for the first derivative, 2 (twice) for the second.

    Returns:
        The derivative, and its decimal value if it has no letters.

    Raises:
        ApiArgumentError: The expression cannot be read, has several letters and no variable is given, or the order
            is not between 1 and 20.
        ApiError: The calculation took too long.

    Example:
        differentiate("x^2 + 3x")["exact"]

    Composition:
        The field `exact` of the result can be given to the other functions of this package as an expression.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        raise ApiArgumentError(f"order is {order}", hint=f"give a number from 1 to {HIGHEST_ORDER}")
    unknown = _variable(names_in(parse_expression(expression)), variable, default="x")
    return cast(Answer, calculate("differentiate", expression=expression, variable=unknown, order=order))


@api(effects="read")
def integrate(
    expression: str,
    variable: str | None = None,
    lower: float | str | None = None,
    upper: float | str | None = None,
) -> Answer:
    """Integrate a function: find its integral (antiderivative), or the area under the curve between two bounds.

    Args:
        expression: The function in everyday notation, such as "x^2 + 3x" or "exp(-x^2)".
        variable: The letter to integrate over (with respect to), such as "x"; needed only if there are several.
        lower: Where the interval starts (from): a number, or an expression such as "-infinity".
        upper: Where the interval ends (to): a number, or an expression such as "pi".

    Returns:
        Without bounds an antiderivative, without the constant; with bounds the value, "oo" if it is infinite.

    Raises:
        ApiArgumentError: The expression cannot be read, only one bound is given, or there are several letters and no
            variable.
        ApiError: No antiderivative is known, or the calculation took too long.

    Example:
        integrate("x^2", lower=0, upper=3)["decimal"]

    Composition:
        Give both bounds or none. The field `exact` of the result can be given to the other functions of this
        package as an expression.
    """
    if (lower is None) != (upper is None):
        raise ApiArgumentError("only one bound is given", hint="give both lower and upper, or none")
    bounds = [None if bound is None else str(bound) for bound in (lower, upper)]
    for bound in bounds:
        if bound is not None:
            parse_expression(bound)
    unknown = _variable(names_in(parse_expression(expression)), variable, default="x")
    return cast(
        Answer,
        calculate("integrate", expression=expression, variable=unknown, lower=bounds[0], upper=bounds[1]),
    )


def _variable(names: list[str], given: str | None, *, default: str | None) -> str:
    """Return the variable meant: the given one, or the only one. Raises ApiArgumentError if that is open."""
    if given is not None:
        return parse_variable(given)
    if len(names) > 1:
        raise ApiArgumentError(f"there are several letters: {', '.join(names)}", hint="say which one is the variable")
    if not names and default is None:
        raise ApiArgumentError(
            "there is no unknown in the equation", hint="evaluate works out expressions without one"
        )
    return names[0] if names else default or "x"
