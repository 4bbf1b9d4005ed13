"""The process that programs are forked from: it has loaded all that they may import.

Started as a script, without site-packages. Its standard input is a socket; each byte on it comes with the socket of
a program, and is answered with a descriptor of the process that runs it.
"""

import gc
import os
import signal
import socket
import sys
import types
from pathlib import Path


def _find_own_code() -> None:
    """Make this folder's modules importable by their names without running what their packages import."""
    folder = Path(__file__).parents[3]
    for name in ("taskmatrix", "taskmatrix.sandbox", "taskmatrix.sandbox.cpython"):
        package = types.ModuleType(name)
        package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


def serve(control: socket.socket) -> None:
    """Fork a process for each program that is asked for, until the other end is closed."""
    from taskmatrix.sandbox.cpython.inside import library, locks, program

    library.load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = locks.Locks(landlock=sys.argv[1] == "landlock")
    gc.collect()
    gc.freeze()
    while True:
        asked, descriptors, *_ = socket.recv_fds(control, 1, 1)
        if not asked:
            return
        child = os.fork()
        if not child:
            own.keep_one(descriptors[0])
            program.follow(own)
            os._exit(0)
        os.close(descriptors[0])
        handle = os.pidfd_open(child)
        socket.send_fds(control, [b"!"], [handle])
        os.close(handle)


if __name__ == "__main__":
    _find_own_code()
    serve(socket.socket(fileno=os.dup(0)))
