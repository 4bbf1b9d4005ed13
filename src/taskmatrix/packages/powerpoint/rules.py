"""Composition instructions that several APIs share, in the form that is checked before a program runs."""

from taskmatrix.core.documents import CompositionRule

NEEDS_DECK = CompositionRule(kind="before", apis=("open_presentation", "new_presentation"))
"""A presentation must be open."""

NEEDS_SLIDE = CompositionRule(
    kind="before", apis=("create_slide", "move_to_slide", "open_presentation", "new_presentation")
)
"""There must be a current slide."""

NEEDS_SELECTION = CompositionRule(
    kind="before",
    apis=("select_title", "select_content"),
    until=("create_slide", "move_to_slide", "insert_table", "open_presentation", "new_presentation"),
)
"""A text box must be selected. Going to another slide, and making a table, takes the selection away."""

SHORT_LINES = CompositionRule(kind="lines", parameter="text", most=160)
"""Several sentences are split into lines; what the user dictates stays as it is."""

SAVE_LATER = CompositionRule(kind="after", apis=("save_presentation",))
"""What was changed must be saved."""
