"""TaskMatrix as a whole: settings, and the wiring of its parts."""

from taskmatrix.app.models import make_mcfm
from taskmatrix.app.settings import Settings, read_settings
from taskmatrix.app.taskmatrix import TaskMatrix

__all__ = ["Settings", "TaskMatrix", "make_mcfm", "read_settings"]
