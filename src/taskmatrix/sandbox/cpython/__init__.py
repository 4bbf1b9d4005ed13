"""The whole Python language, in a process that the kernel lets do nothing but compute and answer its pipe."""

from taskmatrix.sandbox.cpython.sandbox import CpythonSandbox

__all__ = ["CpythonSandbox"]
