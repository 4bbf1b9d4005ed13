"""Files that the user gives along with an instruction: what of them a model can read, see or hear."""

from taskmatrix.conversation.attachments.reading import (
    attachment_of,
    describe_attachment,
    read_attachment,
    read_attachments,
)

__all__ = ["attachment_of", "describe_attachment", "read_attachment", "read_attachments"]
