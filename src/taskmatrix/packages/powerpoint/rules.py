"""What several APIs share: composition instructions that are checked before a program runs, facts checked after it."""

from taskmatrix.core.documents import CompositionRule, Ensured

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

CURRENT_SLIDE = "slides.{session.slide}"
"""Where in the state of the deck lies the slide that a call worked on."""

SELECTED_BOX = f"{CURRENT_SLIDE}.{{session.selection.box}}"
"""Where in the state of the deck lies the text box that a call worked on."""

UNSAVED = "saved"


def has_slides(count: str) -> Ensured:
    """Return the fact that the deck has as many slides as a call's result says, at the path `count`."""
    place = f"result.{count}" if count else "result"
    return Ensured.model_validate(
        {
            "read": "count_slides",
            "equals": {"from": "result", "path": count},
            "says": f"Slides in the presentation: {{{place}}}",
        }
    )
