"""Answers are tested by putting them back in, never by comparing texts."""

import pytest
import sympy

from taskmatrix.core.errors import ApiArgumentError, ApiError
from taskmatrix.packages.math.building import build, build_equation
from taskmatrix.packages.math.calculations import differentiate, evaluate, integrate, simplify, solve
from taskmatrix.packages.math.grammar import parse_equation, parse_expression

POINTS = (0.3, 0.7, 1.9)


def at(text: str, x: float) -> complex:
    return complex(build(parse_expression(text)).subs({"x": x}))


@pytest.mark.parametrize("text", ["2 + 2", "1/3 + 1/6", "√8 * √2", "20% of 150", "cos(pi/3)", "(1+√5)/2", "10! / 8!"])
def test_the_exact_and_the_decimal_value_agree(text) -> None:
    answer = evaluate(text)
    assert answer["decimal"] == pytest.approx(at(text, 0).real, rel=1e-14)
    assert at(answer["exact"], 0) == pytest.approx(answer["decimal"], rel=1e-14)


def test_decimals_are_exact_and_values_that_are_no_real_number_have_none() -> None:
    assert evaluate("0.1 + 0.2")["exact"] == "3/10"
    assert evaluate("sqrt(-1)")["decimal"] is None
    assert evaluate("2x")["decimal"] is None
    assert evaluate("oo")["decimal"] is None
    assert evaluate("10^500")["decimal"] is None


@pytest.mark.parametrize("text", ["2x + 3x", "(x^2 - 1)/(x - 1)", "sin(x)^2 + cos(x)^2", "(x+1)^2 - x^2 - 2x"])
def test_a_simplified_formula_is_shorter_and_has_the_same_values(text) -> None:
    short = simplify(text)["exact"]
    assert len(short) <= len(text)
    for x in POINTS:
        assert at(short, x) == pytest.approx(at(text, x))


@pytest.mark.parametrize(
    ("equation", "count"),
    [
        ("2x + 3 = 7", 1),
        ("x^2 - 5x + 6", 2),
        ("x^2 = 2", 2),
        ("x^3 = 8", 3),
        ("x^2 + 1 = 0", 2),
        ("sin(x) = 1/2", 2),
        ("e^x = 5", 1),
        ("|x - 1| = 3", 2),
        ("cos x = x", 1),
        ("x^5 - x - 1 = 0", 5),
        ("e^x = 4 - x^2", 2),
        ("1/x = 0", 0),
        ("sqrt(x) = -1", 0),
    ],
)
def test_every_solution_put_back_in_makes_the_equation_true(equation, count) -> None:
    solutions = solve(equation)
    assert len(solutions) == count
    difference = build_equation(parse_equation(equation))
    for solution in solutions:
        root = build(parse_expression(solution["exact"]))
        assert abs(complex(difference.subs({"x": root}).evalf())) < 1e-8
        if solution["decimal"] is not None:
            assert complex(root.evalf()) == pytest.approx(solution["decimal"], rel=1e-12)


def test_real_solutions_come_first_in_order() -> None:
    decimals = [s["decimal"] for s in solve("(x - 3)(x + 5)(x - 1)(x^2 + 1) = 0")]
    assert decimals == [-5, 1, 3, None, None]


def test_the_unknown_is_asked_for_when_there_are_several() -> None:
    with pytest.raises(ApiArgumentError, match="a, x"):
        solve("a x = 3")
    (solution,) = solve("a x = 3", "x")
    assert solution["variable"] == "x"
    assert sympy.simplify(build(parse_expression(solution["exact"])) - sympy.sympify("3/a")) == 0


@pytest.mark.parametrize(
    ("equation", "variable", "reason"),
    [
        ("3 = 4", None, "no unknown"),
        ("x = x", None, "true for every x"),
        ("x = 3", "y", "does not contain"),
        ("x = 3", "2", "no variable"),
        ("x = 1, y = 2", "x", "comma"),
    ],
)
def test_an_equation_that_cannot_be_solved_says_why(equation, variable, reason) -> None:
    with pytest.raises(ApiArgumentError, match=reason):
        solve(equation, variable)


@pytest.mark.parametrize("text", ["x^2 + 3x", "sin(2x)", "x^x", "ln x", "exp(-x^2)", "1/(1+x)", "f(x) = x^3"])
def test_a_derivative_is_the_slope(text) -> None:
    slope = differentiate(text)["exact"]
    for x in POINTS:
        step = 1e-5
        assert at(slope, x) == pytest.approx((at(text, x + step) - at(text, x - step)) / (2 * step), rel=1e-4)


def test_derivatives_of_higher_order_and_of_constants() -> None:
    assert differentiate("x^3", order=3)["decimal"] == 6
    assert differentiate("5")["decimal"] == 0
    assert differentiate("a x^2", "x", 2)["exact"] == "2*a"
    with pytest.raises(ApiArgumentError, match="order"):
        differentiate("x", order=0)
    with pytest.raises(ApiArgumentError, match="several letters"):
        differentiate("a x")


@pytest.mark.parametrize("text", ["x^2 + 3x", "sin(2x)", "x exp(x)", "1/(1+x^2)", "ln x"])
def test_an_antiderivative_has_the_function_as_its_slope(text) -> None:
    slope = differentiate(integrate(text)["exact"])["exact"]
    for x in POINTS:
        assert at(slope, x) == pytest.approx(at(text, x))


@pytest.mark.parametrize(
    ("text", "lower", "upper"), [("x^2", 0, 3), ("sin x", 0, "pi"), ("x^x", 0.5, 1), ("1/(1+x^2)", -1, "√3")]
)
def test_a_definite_integral_is_the_area(text, lower, upper) -> None:
    low, high = (at(str(bound), 0).real for bound in (lower, upper))
    n = 2000
    width = (high - low) / n
    area = sum(at(text, low + (k + 0.5) * width).real for k in range(n)) * width
    assert integrate(text, lower=lower, upper=upper)["decimal"] == pytest.approx(area, rel=1e-5)


def test_improper_integrals() -> None:
    assert integrate("exp(-x^2)", lower="-infinity", upper="∞")["decimal"] == pytest.approx(3.141592653589793**0.5)
    assert integrate("1/x", lower=0, upper=1) == {"exact": "oo", "decimal": None}


def test_an_integral_with_one_bound_or_without_a_formula_says_so() -> None:
    with pytest.raises(ApiArgumentError, match="only one bound"):
        integrate("x", lower=0)
    with pytest.raises(ApiError, match="no antiderivative") as caught:
        integrate("x^x")
    assert "bounds" in caught.value.hint
