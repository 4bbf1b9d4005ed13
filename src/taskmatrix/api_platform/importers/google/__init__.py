"""Google's discovery documents: from the package `google-api-python-client`, or one that lies in a file."""

from taskmatrix.api_platform.importers.google.discovery import is_discovery, read_discovery, read_google

__all__ = ["is_discovery", "read_discovery", "read_google"]
