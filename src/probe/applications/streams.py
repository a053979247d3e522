"""Numbered packets at a steady pace."""

streams = {}
STREAM = Struct('>8sI')
# How long (s) packets are still waited for when the last of all has been answered: they have been overtaken, or are lost.
OVERTAKEN = 0.2
loadavg = os.open('/proc/loadavg', os.O_RDONLY | os.O_CLOEXEC)


def others():
    """How many threads of the machine run or want to, apart from this one (proc_loadavg(5))."""
    return int(os.pread(loadavg, 128, 0).split()[3].partition(b'/')[0]) - 1


def op_stream(channel, namespace, destination, protocol, interval, port=0, source=None, size=32):
    """Numbered packets at a steady pace to an echo (UDP server, or ICMP) until `stream-stop`; answers go to the channel."""
    yield from ()
    v6 = ':' in destination
    request, reply = (128, 129) if v6 else (8, 0)
    with Inside(namespace):
        sock = (stream_socket(destination, socket.SOCK_DGRAM) if protocol == 'udp'
                else stream_socket(destination, socket.SOCK_RAW,
                                   socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP))
    if source:
        sock.bind((source, 0))
    token = os.urandom(8)
    identifier = unpack('>H', token[:2])[0]
    began = time.monotonic()
    state = streams[channel] = {'sock': sock, 'began': round(began * 1e6), 'sent': [], 'others': [], 'failed': [],
                                'answered': set(), 'over': False}
    servers[channel] = [sock]

    def packet(number):
        body = STREAM.pack(token, number).ljust(size, b'\0')
        if protocol == 'udp':
            return body
        sequence = number & 0xFFFF
        # The kernel makes ICMPv6's checksum, which covers addresses too (RFC 3542, 3.1).
        total = 0 if v6 else checksum(pack('>BBHHH', request, 0, 0, identifier, sequence) + body)
        return pack('>BBHHH', request, 0, total, identifier, sequence) + body

    def on_answer():
        while True:
            try:
                data = sock.recv(65535)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier packet: that one stays unanswered
            if protocol != 'udp':
                # A raw socket of IPv6 gives no header.
                offset = 0 if v6 else (data[0] & 15) * 4
                if data[offset] != reply:
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
            state['others'].append(others())
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
    """No more packets; those under way are waited for. When each was sent, how many threads wanted a processor
    then, and which could not be sent."""
    state = streams.pop(channel)
    sock = state['sock']
    state['over'] = True
    unwatch(sock.fileno())
    until = time.monotonic() + timeout
    failed = {number for number, _ in state['failed']}
    waiting = set(range(len(state['sent']))) - failed
    last = max(waiting, default=-1)
    while True:
        state['read']()
        waiting -= state['answered']
        if not waiting:
            break
        if last >= 0 and last not in waiting:
            last, until = -1, min(until, time.monotonic() + OVERTAKEN)
        if (yield from wait([sock.fileno()], None, until)) is None:
            break
    servers.pop(channel, None)
    sock.close()
    return {'processors': len(os.sched_getaffinity(0)), **{key: state[key] for key in ('began', 'sent', 'others', 'failed')}}
