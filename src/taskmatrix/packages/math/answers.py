"""What the package's APIs return."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class Answer(TypedDict):
    """A result in two forms."""

    exact: Annotated[str, Field(description="the result exactly, such as 'sqrt(2)/2' or '2*x + 3'")]
    decimal: Annotated[float | None, Field(description="the result as a decimal number; none if it is no real number")]


class Solution(TypedDict):
    """One solution of an equation."""

    variable: Annotated[str, Field(description="the unknown")]
    exact: Annotated[str, Field(description="the solution exactly; its decimals where no exact form is known")]
    decimal: Annotated[
        float | None, Field(description="the solution as a decimal number; none if it is no real number")
    ]
