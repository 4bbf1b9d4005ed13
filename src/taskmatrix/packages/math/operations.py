"""The work itself, in sympy. Runs in the worker process only, which is stopped when it takes too long."""

from collections.abc import Callable, Mapping
from typing import cast

from taskmatrix.core.errors import ApiArgumentError, ApiError
from taskmatrix.packages.math.answers import Answer, Solution
from taskmatrix.packages.math.building import build, build_equation
from taskmatrix.packages.math.grammar import parse_equation, parse_expression
from taskmatrix.packages.math.symbolic import Symbolic, load_sympy

LONGEST_ANSWER = 20_000
"""Characters an answer may have."""


def evaluate(expression: str) -> Answer:
    """Return the value of an expression."""
    sympy = load_sympy()

    value: Symbolic = build(parse_expression(expression))
    if value.is_number and value.count_ops() < 200:
        value = sympy.simplify(value)
    return _answer(value)


def simplify(expression: str) -> Answer:
    """Return a shorter form of an expression."""
    sympy = load_sympy()

    value: Symbolic = build(parse_expression(expression))
    return _answer(min(sympy.simplify(value), value, key=lambda form: (form.count_ops(), len(str(form)))))


def solve(equation: str, variable: str) -> list[Solution]:
    """Return the solutions, real ones first, in ascending order."""
    sympy = load_sympy()

    difference: Symbolic = build_equation(parse_equation(equation))
    unknown = sympy.Symbol(variable)
    if sympy.simplify(difference) == 0:
        raise ApiArgumentError(f"the equation is true for every {variable}")
    found = _solve(difference, unknown)
    if found is None:
        # Absolute values and the like can be solved only where the unknown is known to be real.
        real = sympy.Symbol(variable, real=True)
        found = _solve(difference.subs(unknown, real), real)
    if found is None:
        found = _search(difference, unknown)
    solutions: list[Solution] = []
    for value in found:
        answer = _answer(value)
        solutions.append(Solution(variable=variable, exact=answer["exact"], decimal=answer["decimal"]))
    return sorted(solutions, key=lambda s: (s["decimal"] is None, s["decimal"] or 0.0))


def _solve(difference: Symbolic, unknown: Symbolic) -> list[Symbolic] | None:
    try:
        found = load_sympy().solve(difference, unknown)
    except NotImplementedError:
        return None
    return cast(list[Symbolic], found)


def differentiate(expression: str, variable: str, order: int) -> Answer:
    """Return the derivative of that order."""
    sympy = load_sympy()

    value: Symbolic = sympy.diff(build(parse_expression(expression)), sympy.Symbol(variable), order)
    return _answer(_shorter(value))


def integrate(expression: str, variable: str, lower: str | None, upper: str | None) -> Answer:
    """Return an antiderivative, or the integral between two bounds."""
    sympy = load_sympy()

    function, unknown = build(parse_expression(expression)), sympy.Symbol(variable)
    if lower is None or upper is None:
        value: Symbolic = sympy.integrate(function, unknown)
        if value.has(sympy.Integral, sympy.hyper, sympy.meijerg, sympy.exp_polar):
            raise ApiError("no antiderivative of this function is known", hint="give bounds to get a number")
        return _answer(_shorter(value))
    bounds = (unknown, build(parse_expression(lower)), build(parse_expression(upper)))
    value = sympy.integrate(function, bounds)
    if value.has(sympy.Integral):
        value = sympy.Integral(function, bounds).evalf(15)
        if not value.is_Float:
            raise ApiError("the integral between these bounds cannot be worked out")
    return _answer(_shorter(value))


OPERATIONS: Mapping[str, Callable[..., object]] = {
    "evaluate": evaluate,
    "simplify": simplify,
    "solve": solve,
    "differentiate": differentiate,
    "integrate": integrate,
}


def _shorter(value: Symbolic) -> Symbolic:
    sympy = load_sympy()

    if value.count_ops() > 300:
        return value
    return min(value, sympy.simplify(value), key=lambda form: form.count_ops())


def _answer(value: Symbolic) -> Answer:
    sympy = load_sympy()

    if value.has(sympy.zoo, sympy.nan):
        raise ApiArgumentError("the result is not defined: somewhere it divides by zero")
    if value.is_Float:
        return Answer(exact=str(float(value)), decimal=float(value))
    if value.has(sympy.CRootOf):  # "root 2 of this polynomial" says nothing to a reader
        value = value.evalf(17, chop=True)
    exact = str(sympy.sstr(value))
    if len(exact) > LONGEST_ANSWER:
        raise ApiError(f"the answer has {len(exact):,} characters, at most {LONGEST_ANSWER:,} are given")
    return Answer(exact=exact, decimal=_decimal(value))


def _decimal(value: Symbolic) -> float | None:
    if not value.is_number or value.is_finite is False:
        return None
    approximate = value.evalf(20, chop=True)
    if not approximate.is_Float and not approximate.is_Rational:
        return None
    number = float(approximate)
    return number if abs(number) < float("inf") else None


def _search(difference: Symbolic, unknown: Symbolic) -> list[Symbolic]:
    """Find real roots between -100 and 100 by changes of sign, where no exact method is known."""
    sympy = load_sympy()
    if difference.free_symbols != {unknown}:
        raise ApiError("no method to solve this equation is known", hint="give numbers for the other letters")
    function = sympy.lambdify(unknown, difference, ["math", "mpmath"])
    roots: list[Symbolic] = []
    before: float | None = None
    for step in range(-10_001, 10_002):
        # The odd shift keeps the points off whole numbers, where roots would show no change of sign.
        x = step / 100 + 1 / 997
        y = _real(function, x)
        if y is not None and before is not None and before * y < 0:
            root = _bisect(function, x - 0.01, x)
            if root is not None:
                roots.append(sympy.Float(root, 17))
        before = y
    if not roots:
        raise ApiError("no solution was found", hint="no exact method is known, and none lies between -100 and 100")
    return roots


def _real(function: Callable[[float], Symbolic], x: float) -> float | None:
    try:
        value = complex(function(x))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return None
    return value.real if abs(value.imag) < 1e-12 * (1 + abs(value.real)) else None


def _bisect(function: Callable[[float], Symbolic], low: float, high: float) -> float | None:
    for _ in range(80):
        middle = (low + high) / 2
        at_low, value = _real(function, low), _real(function, middle)
        if value is None or at_low is None:
            return None
        if value == 0:
            return middle
        low, high = (middle, high) if value * at_low > 0 else (low, middle)
    # A pole changes sign as well, but the value beside it is large.
    value = _real(function, low)
    return low if value is not None and abs(value) < 1e-6 else None
