"""AWS service models from the package `botocore`."""

from taskmatrix.api_platform.importers.aws.services import read_aws

__all__ = ["read_aws"]
