"""The MCFM that needs no key and no network."""

from taskmatrix.mcfm.embedded.deciding import plan_request
from taskmatrix.mcfm.embedded.model import EmbeddedMcfm

__all__ = ["EmbeddedMcfm", "plan_request"]
