"""Numbered packets at a steady pace."""

streams = {}
STREAM = Struct('>8sI')
try:
    pressure = os.open('/proc/pressure/cpu', os.O_RDONLY | os.O_CLOEXEC)
except OSError:
    pressure = None  # a kernel without it


def stalled():
    """Microseconds since the machine's start in which somebody waited for a processor (PSI, Documentation/accounting/psi.rst)."""
    return int(os.pread(pressure, 256, 0).split(b'\n', 1)[0].rpartition(b'=')[2])


def op_stream(channel, namespace, destination, protocol, interval, port=0, source=None, size=32):
    """Numbered packets at a steady pace to an echo (UDP server, or ICMP) until `stream-stop`; answers go to the channel."""
    yield from ()
    with Inside(namespace):
        sock = (stream_socket(destination, socket.SOCK_DGRAM) if protocol == 'udp'
                else stream_socket(destination, socket.SOCK_RAW, socket.IPPROTO_ICMP))
    if source:
        sock.bind((source, 0))
    token = os.urandom(8)
    identifier = unpack('>H', token[:2])[0]
    began = time.monotonic()
    state = streams[channel] = {'sock': sock, 'began': round(began * 1e6), 'sent': [], 'stalled': [], 'failed': [],
                                'answered': set(), 'over': False}
    servers[channel] = [sock]

    def packet(number):
        body = STREAM.pack(token, number).ljust(size, b'\0')
        if protocol == 'udp':
            return body
        sequence = number & 0xFFFF
        return pack('>BBHHH', 8, 0, checksum(pack('>BBHHH', 8, 0, 0, identifier, sequence) + body), identifier, sequence) + body

    def on_answer():
        while True:
            try:
                data = sock.recv(65535)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier packet: that one stays unanswered
            if protocol != 'udp':
                offset = (data[0] & 15) * 4
                if data[offset] != 0:
                    continue
                data = data[offset + 8:]
            if len(data) < STREAM.size or data[:8] != token:
                continue
            number = STREAM.unpack_from(data)[1]
            state['answered'].add(number)
            send(channel, DATA, pack('>IQ', number, round((time.monotonic() - began) * 1e6)))
    state['read'] = on_answer

    def pace():
        due = began
        while not state['over'] and sock.fileno() >= 0:
            number, now = len(state['sent']), time.monotonic()
            state['sent'].append(round((now - began) * 1e6))
            if pressure is not None:
                state['stalled'].append(stalled())
            try:
                sock.sendto(packet(number), (destination, port))
            except OSError as error:
                state['failed'].append([number, errno_name(error)])
            # One that comes late is not made up for: a burst would be no pace.
            due = max(due + interval, now)
            yield from wait(deadline=due)
    watch(sock.fileno(), on_answer)
    Task(0, pace())


def op_stream_stop(channel, timeout=1.0):
    """No more packets; those under way are waited for. When each was sent, how long the machine had been short of
    processors by then, and which could not be sent."""
    state = streams.pop(channel)
    sock = state['sock']
    state['over'] = True
    unwatch(sock.fileno())
    deadline = time.monotonic() + timeout
    missing = len(state['sent']) - len(state['failed'])
    state['read']()
    while len(state['answered']) < missing and (yield from wait([sock.fileno()], None, deadline)) is not None:
        state['read']()
    servers.pop(channel, None)
    sock.close()
    return {key: state[key] for key in ('began', 'sent', 'stalled', 'failed')}
