"""OpenAPI 3.0, 3.1 and Swagger 2 as API documents that can be called."""

from taskmatrix.api_platform.importers.openapi.reader import looks_like_openapi, read_openapi, read_openapi_text

__all__ = ["looks_like_openapi", "read_openapi", "read_openapi_text"]
