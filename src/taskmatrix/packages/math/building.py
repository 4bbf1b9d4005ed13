"""Trees as sympy expressions, with every number kept within bounds before it is worked out."""

import math

from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.math.functions import apply, too_large
from taskmatrix.packages.math.grammar import Binary, Call, Constant, Equation, Name, Negation, Node, Number
from taskmatrix.packages.math.symbolic import Symbolic, load_sympy

MOST_BITS = 33_000
"""Size a number may reach: about 10,000 digits."""


def build_equation(equation: Equation) -> Symbolic:
    """Return left side minus right side."""
    return build(equation.left) - build(equation.right)


def build(node: Node) -> Symbolic:
    """Return the sympy expression. Raises ApiArgumentError for what is undefined or grows beyond bounds."""
    sympy = load_sympy()

    match node:
        case Number(text):
            return _number(text)
        case Name(name):
            return sympy.Symbol(name)
        case Constant(name):
            return {"e": sympy.E, "pi": sympy.pi, "i": sympy.I, "oo": sympy.oo}[name]
        case Negation(operand):
            return -build(operand)
        case Call(function, arguments):
            return apply(function, [build(argument) for argument in arguments])
        case Binary(operator, left, right):
            return _binary(operator, build(left), build(right))


def _number(text: str) -> Symbolic:
    sympy = load_sympy()

    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > MOST_BITS // 4:
        raise too_large()
    return sympy.Rational(mantissa) * sympy.Integer(10) ** int(exponent or 0)


def _binary(operator: str, left: Symbolic, right: Symbolic) -> Symbolic:
    sympy = load_sympy()

    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "mod" if right == 0:
            raise ApiArgumentError("the expression divides by zero")
        case "/":
            return left / right
        case "mod":
            return sympy.Mod(left, right)
        case _:
            return _power(left, right)


def _power(base: Symbolic, exponent: Symbolic) -> Symbolic:
    if base.is_number and exponent.is_number:
        if base.is_zero and (exponent.is_negative or exponent.is_zero):
            raise ApiArgumentError(
                "0 to that power is not defined" if exponent.is_zero else "the expression divides by zero"
            )
        if exponent.is_real and base.is_finite and abs(float(exponent.evalf(5))) * _bits(base) > MOST_BITS:
            raise too_large()
    return base**exponent


def _bits(base: Symbolic) -> float:
    """Return how many bits a number, or the largest part of it, has."""
    if base.is_Rational:
        return float(max(int(base.p).bit_length(), int(base.q).bit_length()) - (abs(base) == 1))
    return abs(math.log2(float(abs(base).evalf(5)) or 1.0)) + 1.0
