"""The package as the entry point offers it: all its APIs under one name."""

from taskmatrix.core.api import ApiPackage
from taskmatrix.packages.math.calculations import differentiate, evaluate, integrate, simplify, solve

package = ApiPackage(
    name="math",
    description="Mathematics, exact and numeric: arithmetic, algebra, equations, derivatives and integrals.",
    composition="Expressions are texts in everyday notation: 2x, x^2, sqrt(2), 50%, pi.",
    functions=(evaluate, simplify, solve, differentiate, integrate),
)
