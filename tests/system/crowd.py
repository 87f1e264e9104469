"""crowd.py serve PORT: echoes what it gets.
crowd.py call SOURCE ADDRESS PORT N: N connections that stay; says "ready" when all are up, then lets each send and get a word
back again and again, until SIGTERM; then prints how many of them never failed, and how many words came back."""
import selectors
import signal
import socket
import sys
import time

selector = selectors.DefaultSelector()


def serve(port):
    listener = socket.create_server(("", port), backlog=4096)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            try:
                word = key.fileobj.recv(64)
                if word:
                    key.fileobj.sendall(word)
                    continue
            except OSError:
                pass
            selector.unregister(key.fileobj)
            key.fileobj.close()


def round_trip(one):
    try:
        one.sendall(b"word")
        return one.recv(64) == b"word"
    except OSError:
        return False


def call(source, address, port, number):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    crowd = []
    for _ in range(number):
        crowd.append(socket.create_connection((address, port), timeout=10, source_address=(source, 0)))
    alive = {one for one in crowd if round_trip(one)}
    print("ready", len(alive), flush=True)
    words = 0
    while not stop:
        for one in list(alive):
            if not round_trip(one):
                alive.discard(one)
            words += 1
        time.sleep(0.05)
    print("alive", len(alive), "words", words)


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    call(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
