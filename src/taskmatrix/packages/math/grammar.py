"""Tokens as a tree. Nothing here is ever evaluated as Python: what the grammar does not know is refused."""

from dataclasses import dataclass

from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.math.notation import FUNCTIONS, Token, shorten, tokenize

DEEPEST = 60
"""Parentheses, powers and signs that may stand inside one another."""

_BARE_PRODUCT = FUNCTIONS - {"sqrt", "cbrt"}
"""Functions that take a whole product without parentheses: sin 2x is sin(2x), but √2x is x times √2."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """`e`, `pi`, `i` or `oo`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and one of `+ - * / ^ mod`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negation:
    """The operand with the other sign."""

    operand: "Node"


Node = Number | Name | Constant | Call | Binary | Negation


@dataclass(frozen=True, slots=True)
class Equation:
    """Two sides; an expression without `=` has 0 on the right."""

    left: Node
    right: Node


def parse_equation(text: str) -> Equation:
    """Return an equation; an expression alone is set equal to 0. Raises ApiArgumentError."""
    parser = _Parser(text)
    left = parser.sum()
    right = parser.sum() if parser.take("=") else Number("0")
    parser.finish()
    return Equation(left, right)


def parse_expression(text: str) -> Node:
    """Return an expression; of `y = ...` and `f(x) = ...` the right side. Raises ApiArgumentError."""
    parser = _Parser(text)
    node = parser.sum()
    if parser.take("="):
        right = parser.sum()
        if not _is_definition(node):
            raise ApiArgumentError(f"{shorten(text)} is an equation", hint="solve takes equations")
        node = right
    parser.finish()
    return node


def parse_variable(text: str) -> str:
    """Return the name of a variable. Raises ApiArgumentError."""
    tokens = tokenize(text)
    if len(tokens) != 2 or tokens[0].kind != "variable":
        raise ApiArgumentError(
            f"{shorten(text)} is no variable", hint="give one letter such as 'x'; e, i and pi are numbers"
        )
    return tokens[0].text


def names_in(node: Node | Equation) -> list[str]:
    """Return the variables of an expression, in alphabetical order."""
    match node:
        case Name(name):
            found = {name}
        case Call(_, arguments):
            found = {name for argument in arguments for name in names_in(argument)}
        case Binary(_, left, right) | Equation(left, right):
            found = {*names_in(left), *names_in(right)}
        case Negation(operand):
            found = set(names_in(operand))
        case _:
            found = set[str]()
    return sorted(found)


def _is_definition(left: Node) -> bool:
    match left:
        case Name() | Binary("*", Name("f" | "g" | "h"), Name()):
            return True
        case _:
            return False


class _Parser:
    """Recursive descent; each method reads what its name says, starting at the current token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._at = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def take(self, *operators: str) -> str | None:
        """Read one of some operators, if it comes next."""
        token = self._token
        if token.kind == "operator" and token.text in operators:
            self._at += 1
            return token.text
        return None

    def finish(self) -> None:
        """Refuse anything that is left over."""
        token = self._token
        if token.kind == "end":
            return
        if token.text == "=":
            raise self._error("there is more than one =", "give one equation at a time")
        if token.text == ",":
            raise self._error("a comma stands where none is expected", "give one equation at a time, decimals as 1.5")
        if token.text == ")":
            raise self._error("a closing parenthesis has no opening one")
        raise self._error(f"{token.text!r} stands where an operator is expected", "write 2*3 for 2 times 3")

    def sum(self) -> Node:
        """Read terms with + and - between them."""
        self._descend()
        node = self._term()
        while operator := self.take("+", "-"):
            node = Binary(operator, node, self._term())
        self._depth -= 1
        return node

    def _term(self) -> Node:
        node = self._signed()
        while True:
            operator = self.take("*", "/", "mod", "of")
            if operator:
                node = Binary("*" if operator == "of" else operator, node, self._signed())
            elif self._token.kind in ("variable", "constant", "function") or self._token == Token("operator", "("):
                node = Binary("*", node, self._power())
            else:
                return node

    def _signed(self) -> Node:
        self._descend()
        sign = self.take("-", "+")
        node = self._power() if sign is None else self._signed()
        self._depth -= 1
        return Negation(node) if sign == "-" else node

    def _power(self) -> Node:
        node = self._postfixed()
        return Binary("^", node, self._signed()) if self.take("^") else node

    def _postfixed(self) -> Node:
        node = self._primary()
        while sign := self.take("!", "%", "°"):
            if sign == "!":
                node = Call("factorial", (node,))
            elif sign == "°":
                node = Binary("/", Binary("*", node, Constant("pi")), Number("180"))
            elif self._token.kind in ("number", "variable", "constant", "function") or self._token.text == "(":
                raise self._error("% between two values has two meanings", "write '20% of 50', or '20 mod 50'")
            else:
                node = Binary("/", node, Number("100"))
        return node

    def _primary(self) -> Node:
        token = self._token
        if token.kind == "end":
            raise self._error("something is missing at its end")
        self._at += 1
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "constant":
            return Constant(token.text)
        if token.kind == "variable":
            self._refuse_unknown_function(token.text)
            return Name(token.text)
        if token.kind == "function":
            return self._call(token.text)
        if token.text in ("(", "|"):
            node = self.sum()
            self._close(")" if token.text == "(" else "|")
            return node if token.text == "(" else Call("abs", (node,))
        self._at -= 1
        raise self._error(f"{token.text!r} stands where a number or a letter is expected")

    def _call(self, function: str) -> Node:
        power = None
        if self.take("^"):
            token = self._token
            if token.kind != "number" or not token.text.isdigit():
                raise self._error(f"the power of {function} must be a whole number", f"write 1/{function}(x), or arc…")
            self._at += 1
            power = Number(token.text)
        node: Node = Call(function, self._arguments(function))
        return node if power is None else Binary("^", node, power)

    def _arguments(self, function: str) -> tuple[Node, ...]:
        if self.take("("):
            arguments = [self.sum()]
            while self.take(","):
                arguments.append(self.sum())
            self._close(")")
            return tuple(arguments)
        node = self._signed()
        while function in _BARE_PRODUCT and self._token.kind in ("variable", "constant"):
            node = Binary("*", node, self._power())
        return (node,)

    def _close(self, operator: str) -> None:
        if not self.take(operator):
            raise self._error(f"{operator!r} is missing" if self._token.kind == "end" else "it cannot be read")

    def _refuse_unknown_function(self, name: str) -> None:
        if len(name) > 1 and not name[-1].isdigit() and self._token == Token("operator", "("):
            raise self._error(f"there is no function {name!r}", f"functions are {', '.join(sorted(FUNCTIONS))}")

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            raise self._error(f"it is nested more than {DEEPEST} deep")

    def _error(self, why: str, hint: str | None = None) -> ApiArgumentError:
        return ApiArgumentError(f"the expression {shorten(self._text)} cannot be read: {why}", hint=hint)
