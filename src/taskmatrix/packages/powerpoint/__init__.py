"""PowerPoint presentations as files, without PowerPoint."""

from taskmatrix.packages.powerpoint.catalogue import package

__all__ = ["package"]
