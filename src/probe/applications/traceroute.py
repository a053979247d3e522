"""Who is on the way to an address."""

traces = 0


def op_traceroute(namespace, destination, protocol, port=33434, source=None, first=1, last=30, timeout=1.0):
    """One packet a TTL, until the destination answers or somebody says that it cannot be reached."""
    global traces
    traces = traces + 1 & 0xFF
    # Nobody may rewrite the length of a datagram, so that it tells one trace's errors from another's.
    body = os.urandom(32 + traces)
    identifier = unpack('>H', body[:2])[0]
    with Inside(namespace):
        errors = stream_socket('', socket.SOCK_RAW, socket.IPPROTO_ICMP)
        sender = stream_socket('', socket.SOCK_DGRAM) if protocol == 'udp' else errors
    hops = []
    try:
        if source:
            sender.bind((source, 0))
        for ttl in range(first, last + 1):
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            target = port + ttl - 1
            began = time.monotonic()
            try:
                if protocol == 'udp':
                    sender.sendto(body, (destination, target))
                else:
                    whole = pack('>BBHHH', 8, 0, checksum(pack('>BBHHH', 8, 0, 0, identifier, ttl) + body), identifier, ttl)
                    sender.sendto(whole + body, (destination, 0))
            except OSError as error:
                hops.append({'ttl': ttl, 'outcome': 'not-sent', 'errno': errno_name(error)})
                break
            found = None
            while found is None and (yield from wait([errors.fileno()], None, began + timeout)) is not None:
                found = trace_answer(errors, protocol, identifier, ttl, target, len(body) + 8)
            if found is None:
                hops.append({'ttl': ttl, 'outcome': 'silent'})
                continue
            hops.append({'ttl': ttl, 'us': round((time.monotonic() - began) * 1e6), **found})
            if found['outcome'] != 'passed':
                break
    finally:
        errors.close()
        sender.close()
    return hops


def trace_answer(errors, protocol, identifier, ttl, port, length):
    """What an ICMP message says about our packet, if it is about ours; with the addresses that it quotes."""
    try:
        data, (origin, _) = errors.recvfrom(65535)
    except OSError:
        return None
    offset = (data[0] & 15) * 4
    sort, code = data[offset], data[offset + 1]
    if sort == 0 and protocol == 'icmp' and unpack_from('>HH', data, offset + 4) == (identifier, ttl):
        return {'outcome': 'reached', 'from': origin}
    if sort not in (3, 11) or len(data) < offset + 36:
        return None
    inner = offset + 8
    upper = inner + (data[inner] & 15) * 4
    quoted = {'source': '.'.join(map(str, data[inner + 12:inner + 16])),
              'destination': '.'.join(map(str, data[inner + 16:inner + 20]))}
    if protocol == 'udp':
        source_port, target, size = unpack_from('>HHH', data, upper)
        if data[inner + 9] != 17 or (target, size) != (port, length):
            return None
        quoted.update(source_port=source_port, destination_port=target)
    elif data[inner + 9] != 1 or unpack_from('>HH', data, upper + 4) != (identifier, ttl):
        return None
    reached = protocol == 'udp' and (sort, code) == (3, 3)
    return {'outcome': 'passed' if sort == 11 else 'reached' if reached else 'unreachable', 'from': origin, 'type': sort,
            'code': code, 'quoted': quoted}
