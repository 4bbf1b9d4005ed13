"""The MCFM that needs no key and no network."""

from taskmatrix.mcfm.embedded.model import EmbeddedMcfm, plan_request

__all__ = ["EmbeddedMcfm", "plan_request"]
