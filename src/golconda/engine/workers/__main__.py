"""The worker's program: ``python -m golconda.engine.workers SOCKET SOCKET``, started by process.py.

It imports little, so that it is there soon and small.
"""

import os
import signal
import socket
import sys


def main() -> None:
    """Answer until the node is gone, on the two sockets named by the arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node decides when a worker ends
    # Arrow takes NumPy where it is there; nothing here needs it, and it is a third of the start and 10 MB.
    sys.modules["numpy"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    from golconda.engine.workers.worker import Worker

    Worker(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3])).run()
    os._exit(0)  # closing the engine in order takes time and may say things on stderr


main()
