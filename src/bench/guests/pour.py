"""One TCP connection in one direction: pour.py send <address> <port> <seconds> | pour.py receive <port>

The receiver prints the bytes that came and the seconds from the first of them to the last.
"""

import socket
import sys
import time

if sys.argv[1] == 'send':
    address, port, seconds = sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    until = time.monotonic() + 5
    while True:
        try:
            sock = socket.create_connection((address, port), 2)
            break
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)  # the receiver is not there yet
    data = bytes(262144)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sock.sendall(data)
    sock.close()
else:
    listener = socket.create_server(('', int(sys.argv[2])))
    sock, _ = listener.accept()
    room = bytearray(1048576)
    count = sock.recv_into(room)
    first = last = time.monotonic()
    total = 0
    while count := sock.recv_into(room):
        total += count
        last = time.monotonic()
    print(total, last - first)
