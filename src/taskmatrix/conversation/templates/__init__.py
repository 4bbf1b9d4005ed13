"""Templates: finished runs, to be done again with other values and without a model."""

from taskmatrix.conversation.templates.apis import changed_apis, documents_of, missing_apis, with_versions
from taskmatrix.conversation.templates.checking import check_template, rendered
from taskmatrix.conversation.templates.documents import ABOUT, document_of, template_of
from taskmatrix.conversation.templates.inlining import Expanded, expand
from taskmatrix.conversation.templates.making import NO_CHOICES, Choices, make_template
from taskmatrix.conversation.templates.markdown import read_markdown, write_markdown
from taskmatrix.conversation.templates.rendering import complete, instruct, missing_values, outline, render

__all__ = [
    "ABOUT",
    "NO_CHOICES",
    "Choices",
    "Expanded",
    "changed_apis",
    "check_template",
    "complete",
    "document_of",
    "documents_of",
    "expand",
    "instruct",
    "make_template",
    "missing_apis",
    "missing_values",
    "outline",
    "read_markdown",
    "render",
    "rendered",
    "template_of",
    "with_versions",
    "write_markdown",
]
