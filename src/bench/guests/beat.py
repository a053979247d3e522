"""Echo requests at a steady pace until SIGTERM: beat.py <destination> <seconds between two>

Prints "started" when the first has been sent, and at the end when each was sent and when it was answered: pairs of
microseconds of the monotonic clock, the second null where nobody answered. A process of its own, so that nothing that
the agent does in the meantime is in the times.
"""

import json
import os
import select
import signal
import socket
import struct
import sys
import time

destination, interval = sys.argv[1], float(sys.argv[2])
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sock.setblocking(False)
identifier = int.from_bytes(os.urandom(2), 'big')
token = os.urandom(8)
sent, answered, over = [], {}, []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))


def now():
    return time.monotonic_ns() // 1000


def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def request(number):
    body = token + struct.pack('>I', number)
    head = (identifier, number & 0xFFFF)
    return struct.pack('>BBHHH', 8, 0, checksum(struct.pack('>BBHHH', 8, 0, 0, *head) + body), *head) + body


def read_answers():
    while True:
        try:
            data = sock.recv(2048)
        except BlockingIOError:
            return
        except OSError:
            continue  # an ICMP error about an earlier one: that one stays unanswered
        at = (data[0] & 15) * 4
        if data[at] == 0 and data[at + 8:at + 16] == token:
            answered.setdefault(struct.unpack_from('>I', data, at + 16)[0], now())


due = time.monotonic()
while not over:
    sent.append(now())
    try:
        sock.sendto(request(len(sent) - 1), (destination, 0))
    except OSError:
        pass  # no neighbour, no route: it stays unanswered
    if len(sent) == 1:
        print('started', flush=True)
    # One that comes late is not made up for: a burst would be no pace.
    due = max(due + interval, time.monotonic())
    while (left := due - time.monotonic()) > 0:
        if select.select([sock], [], [], left)[0]:
            read_answers()
    read_answers()
print(json.dumps([[at, answered.get(number)] for number, at in enumerate(sent)]), flush=True)
