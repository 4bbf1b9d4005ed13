"""The functions an expression may use, applied to sympy expressions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.math.symbolic import Symbolic, load_sympy

LARGEST_FACTORIAL = 3_000
MOST_PLACES = 1_000
_MANY = 100


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how many values it takes."""

    apply: Callable[..., Symbolic]
    least: int = 1
    most: int = 1


def apply(name: str, values: Sequence[Symbolic]) -> Symbolic:
    """Return a function of some values. Raises ApiArgumentError for the wrong number of them, or too large ones."""
    function = _table()[name]
    if not function.least <= len(values) <= function.most:
        wanted = f"{function.least}" if function.least == function.most else f"{function.least} or more"
        raise ApiArgumentError(f"{name} takes {wanted} value{'s' * (wanted != '1')}, got {len(values)}")
    return function.apply(*values)


def too_large() -> ApiArgumentError:
    """Return the error for a number that would have too many digits."""
    return ApiArgumentError(
        "the result has more digits than can be worked out here", hint="at most about 10,000 digits"
    )


@cache
def _table() -> Mapping[str, Function]:
    sympy = load_sympy()
    table = {name: Function(getattr(sympy, name)) for name in _SAME_NAME}
    table |= {name: Function(getattr(sympy, other)) for name, other in _OTHER_NAME.items()}
    return table | {
        "log": Function(sympy.log, 1, 2),
        "lg": Function(_logarithm(10)),
        "log10": Function(_logarithm(10)),
        "log2": Function(_logarithm(2)),
        "atan2": Function(sympy.atan2, 2, 2),
        "round": Function(_round, 1, 2),
        "factorial": Function(_bounded(sympy.factorial)),
        "binomial": Function(_bounded(sympy.binomial), 2, 2),
        "gcd": Function(sympy.gcd, 2, 2),
        "lcm": Function(sympy.lcm, 2, 2),
        "min": Function(sympy.Min, 1, _MANY),
        "max": Function(sympy.Max, 1, _MANY),
    }


_SAME_NAME = """sqrt cbrt exp sin cos tan cot sec csc asin acos atan sinh cosh tanh asinh acosh atanh sign
    floor ceiling""".split()
_OTHER_NAME = {"ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs", "ceil": "ceiling"}


def _logarithm(base: int) -> Callable[..., Symbolic]:
    def logarithm(x: Symbolic) -> Symbolic:
        return load_sympy().log(x, base)

    return logarithm


def _bounded(function: Callable[..., Symbolic]) -> Callable[..., Symbolic]:
    def bounded(n: Symbolic, *others: Symbolic) -> Symbolic:
        if n.is_number and n.is_real and abs(float(n.evalf(5))) > LARGEST_FACTORIAL:
            raise too_large()
        return function(n, *others)

    return bounded


def _round(x: Symbolic, places: Symbolic = 0) -> Symbolic:
    """Round half up, as it is taught at school."""
    sympy = load_sympy()
    if places != 0 and not (places.is_Integer and abs(places) <= MOST_PLACES):
        raise ApiArgumentError(f"round takes a whole number of places, got {places}")
    unit = sympy.Integer(10) ** places
    return sympy.floor(x * unit + sympy.Rational(1, 2)) / unit
