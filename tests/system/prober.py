"""prober.py SOURCE ADDRESS PORT: tries to connect from SOURCE every 2 ms until SIGTERM, then prints what came of it:
{"tried", "connected", "refused"} and the time of the first connection, in seconds since the start. A SYN that is not
answered in 3 s counts as dropped."""
import errno
import json
import selectors
import signal
import socket
import sys
import time

source, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = {"tried": 0, "connected": 0, "refused": 0, "first": None}
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
selector = selectors.DefaultSelector()
began = time.monotonic()
waiting = {}


def settle():
    for key, _ in selector.select(0):
        probe = key.fileobj
        failed = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed == 0:
            count["connected"] += 1
            count["first"] = count["first"] or time.monotonic() - began
        elif failed == errno.ECONNREFUSED:
            count["refused"] += 1
        forget(probe)


def forget(probe):
    selector.unregister(probe)
    del waiting[probe]
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    probe.close()


def knock():
    probe = socket.socket()
    probe.setblocking(False)
    probe.bind((source, 0))
    try:
        probe.connect((address, port))
    except BlockingIOError:
        pass
    except OSError:  # no route yet
        probe.close()
        return
    count["tried"] += 1
    waiting[probe] = time.monotonic()
    selector.register(probe, selectors.EVENT_WRITE)


while not stop:
    knock()
    settle()
    for probe in [one for one, since in waiting.items() if time.monotonic() - since > 3]:
        forget(probe)
    time.sleep(0.002)
settle()
print(json.dumps(count))
