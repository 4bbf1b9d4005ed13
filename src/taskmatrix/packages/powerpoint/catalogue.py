"""The package as the entry point offers it: all its APIs under one name."""

from taskmatrix.core.api import ApiPackage
from taskmatrix.packages.powerpoint.pictures import insert_picture, move_picture, resize_picture
from taskmatrix.packages.powerpoint.presentations import new_presentation, open_presentation, save_presentation
from taskmatrix.packages.powerpoint.reading import count_slides, read_presentation, read_slide
from taskmatrix.packages.powerpoint.slides import (
    create_slide,
    delete_slide,
    insert_note,
    move_to_slide,
    set_background_color,
)
from taskmatrix.packages.powerpoint.states import file_holds_deck, has_background, read_state
from taskmatrix.packages.powerpoint.tables import insert_table
from taskmatrix.packages.powerpoint.texts import (
    delete_text,
    insert_text,
    replace_text,
    select_content,
    select_title,
    set_text_style,
)
from taskmatrix.packages.powerpoint.views import read_view

package = ApiPackage(
    name="powerpoint",
    sandbox="folder",
    view="read_view",
    state="read_state",
    description="Make and change PowerPoint presentations (decks, slideshows, .pptx files): slides, titles, text, "
    "pictures, tables and notes.",
    composition="Open or create a presentation first. Everything then works on the current slide, and text on the "
    "selected text box. Save at the end: the file changes only then.",
    functions=(
        new_presentation,
        open_presentation,
        save_presentation,
        create_slide,
        move_to_slide,
        delete_slide,
        select_title,
        select_content,
        insert_text,
        delete_text,
        set_text_style,
        replace_text,
        insert_picture,
        move_picture,
        resize_picture,
        insert_table,
        insert_note,
        set_background_color,
        read_slide,
        read_presentation,
        count_slides,
    ),
    readers=(read_state, has_background, file_holds_deck, read_view),
)
