"""Asks the warm Python to run a module, with this one's streams, folder and environment.

client.py SOCKET PYTHON WORDS...: PYTHON itself runs what is no `-m module`, or if nothing listens.
"""

import json
import os
import signal
import socket
import sys


def main(address: str, python: str, *words: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        if words[:1] != ("-m",) or connection.connect_ex(address):
            os.execv(python, [python, *words])
        # pathlib takes longer to import than all else here.
        folder = os.getcwd()  # noqa: PTH109
        request = {"words": words, "folder": folder, "environment": dict(os.environ)}
        socket.send_fds(connection, [json.dumps(request).encode()], [0, 1, 2])
        status = int(connection.recv(16))
    if status < 0:  # ended by a signal, and so does this
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
