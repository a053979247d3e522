"""What guests run besides pings and echoes: web servers and clients, held connections, streams, traceroute, DHCP.

Taught to an agent (`learn` of agent.py) when it is first asked for, so that nodes without guests do not pay for it at
their start. The names of agent.py are here as they are there.
"""


def stream_socket(family_of, kind=socket.SOCK_STREAM, protocol=0):
    family = socket.AF_INET6 if ':' in family_of else socket.AF_INET
    return socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)


def outcome_of(error):
    if error.errno in (errno.ECONNRESET, errno.EPIPE):
        return {'outcome': 'reset'}
    return {'outcome': 'error', 'errno': errno_name(error)}


# --------------------------------------------------------------------------------------- held connections

held = {}  # number -> connection
next_held = 1


class Connection:
    """A TCP connection of a guest. `owed` is what was sent to an echo server and has not come back."""

    def __init__(self, sock):
        self.sock, self.owed, self.got = sock, bytearray(), bytearray()
        self.gate = select.epoll()
        self.gate.register(sock.fileno(), select.EPOLLIN)

    def send(self, data, deadline):
        """All of it into the kernel's hands; whether that was possible in time."""
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view):]
            except BlockingIOError:
                self.gate.modify(self.sock.fileno(), select.EPOLLOUT)
                woken = yield from wait([self.gate.fileno()], None, deadline)
                self.gate.modify(self.sock.fileno(), select.EPOLLIN)
                if woken is None:
                    return False
        return True

    def receive(self, deadline):
        """What comes next: None when nothing did in time, b'' at the end."""
        while True:
            try:
                return self.sock.recv(65536)
            except BlockingIOError:
                if (yield from wait([self.gate.fileno()], None, deadline)) is None:
                    return None

    def close(self):
        self.gate.close()
        self.sock.close()


def connecting(namespace, destination, port, source, source_port, deadline):
    """A connection, or (as a dict) why there is none."""
    with Inside(namespace):
        sock = stream_socket(destination)
    gate = select.epoll()
    problem = {'outcome': 'no-connection'}
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source or source_port:
            sock.bind((source or ('::' if ':' in destination else ''), source_port))
        try:
            sock.connect((destination, port))
        except BlockingIOError:
            pass  # in progress: the readiness below tells the outcome
        gate.register(sock.fileno(), select.EPOLLOUT)
        if (yield from wait([gate.fileno()], None, deadline)) is not None:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                connection, sock = Connection(sock), None
                return connection
            problem = ({'outcome': 'refused'} if code == errno.ECONNREFUSED
                       else {'outcome': 'error', 'errno': errno.errorcode.get(code, str(code))})
    except OSError as error:
        problem = {'outcome': 'error', 'errno': errno_name(error)}
    finally:
        gate.close()
        if sock:
            sock.close()
    return problem


def op_tcp_open(namespace, destination, port, source=None, source_port=0, timeout=2.0):
    """A connection that stays open; its number."""
    global next_held
    made = yield from connecting(namespace, destination, port, source, source_port, time.monotonic() + timeout)
    if isinstance(made, dict):
        return made
    number, next_held = next_held, next_held + 1
    held[number] = made
    local = made.sock.getsockname()
    return {'outcome': 'open', 'connection': number, 'source': local[0], 'source_port': local[1]}


def held_connection(number):
    if number not in held:
        raise Failure(f'no connection {number}: it was closed')
    return held[number]


def op_tcp_send(connection, payload, timeout=2.0):
    """A segment to an echo server, until all that was ever sent has come back."""
    one = held_connection(connection)
    deadline = time.monotonic() + timeout
    data = unhexlify(payload)
    one.owed += data
    try:
        if not (yield from one.send(data, deadline)):
            return {'outcome': 'no-answer', 'missing': len(one.owed)}
        while one.owed:
            got = yield from one.receive(deadline)
            if got is None:
                return {'outcome': 'no-answer', 'missing': len(one.owed)}
            if not got:
                return {'outcome': 'closed'}
            if one.owed[:len(got)] != got:
                return {'outcome': 'corrupted'}
            del one.owed[:len(got)]
        return {'outcome': 'echoed'}
    except OSError as error:
        return outcome_of(error)


def op_tcp_close(connection, reset=False):
    """With a FIN, or with a RST."""
    yield from ()
    one = held.pop(connection, None)
    if one is None:
        return False
    if reset:
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack('ii', 1, 0))
    one.close()
    return True


# ---------------------------------------------------------------------------------------------------- HTTP


def head_of(data):
    """First line and headers of a message, and where its body begins; None while there is more to come."""
    end = data.find(b'\r\n\r\n')
    if end < 0:
        return None
    first, *lines = bytes(data[:end]).decode('latin-1').split('\r\n')
    headers = [[part.strip() for part in line.split(':', 1)] for line in lines if ':' in line]
    return first, headers, end + 4


def header(headers, name):
    return ', '.join(value for key, value in headers if key.lower() == name)


def op_http(method, path, headers, body='', connection=None, namespace='', destination='', port=80, source=None,
            source_port=0, timeout=5.0):
    """One request, on a connection of its own or on a held one, and its response."""
    deadline = time.monotonic() + timeout
    one = (held_connection(connection) if connection is not None
           else (yield from connecting(namespace, destination, port, source, source_port, deadline)))
    if isinstance(one, dict):
        return one
    try:
        local = one.sock.getsockname()
        whence = {'source': local[0], 'source_port': local[1]}
        content = body.encode()
        lines = [f'{method} {path} HTTP/1.1', *(f'{name}: {value}' for name, value in headers)]
        if content:
            lines.append(f'Content-Length: {len(content)}')
        request = '\r\n'.join([*lines, '', '']).encode('latin-1') + content
        try:
            answer = ((yield from response(one, method, deadline)) if (yield from one.send(request, deadline))
                      else {'outcome': 'no-answer'})
        except OSError as error:
            answer = outcome_of(error)
        return {**answer, **whence}
    finally:
        if connection is None:
            one.close()


def response(one, method, deadline):
    data = one.got
    while (head := head_of(data)) is None:
        part = yield from one.receive(deadline)
        if not part:
            return {'outcome': 'no-answer' if part is None else 'closed'}
        data += part
    first, headers, start = head
    version, status, *reason = first.split(' ', 2)
    known = header(headers, 'content-length')
    chunked = 'chunked' in header(headers, 'transfer-encoding').lower()
    bodiless = method == 'HEAD' or status in ('204', '304')
    del data[:start]
    body = bytearray()
    while not bodiless:
        if chunked and take_chunks(data, body) or not chunked and known and len(data) >= int(known):
            break
        part = yield from one.receive(deadline)
        if part is None:
            return {'outcome': 'no-answer'}
        if not part:
            if known or chunked:
                return {'outcome': 'closed'}
            known = str(len(data))  # a body without a length ends with the connection
        data += part
    if known and not chunked and not bodiless:
        body = data[:int(known)]
        del data[:int(known)]
    return {'outcome': 'response', 'status': int(status), 'reason': ''.join(reason), 'headers': headers,
            'body': bytes(body).decode('utf-8', 'replace')}


def take_chunks(data, body):
    """Moves whole chunks from one to the other; whether the last one was there (RFC 9112, 7.1)."""
    while (end := data.find(b'\r\n')) >= 0:
        size = int(bytes(data[:end]).split(b';')[0], 16)
        if len(data) < end + 2 + size + 2:
            return False
        body += data[end + 2:end + 2 + size]
        del data[:end + 2 + size + 2]
        if size == 0:
            return True
    return False


answers_of = {}  # channel -> {path: answer}; '' is for the other paths


def op_http_serve(channel, namespace, name, port, address='', answers=None):
    """A web server in a guest until `close`: it answers with its name and with what it was asked; see op_http_answers."""
    yield from ()
    with Inside(namespace):
        sock = stream_socket(address)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise Failure(f'tcp port {port}: {error.strerror}', errno=errno_name(error))
    sock.listen(512)
    opened = servers[channel] = [sock]
    answers_of[channel] = answers or {}

    def on_connection():
        try:
            fd, origin = sock._accept()
        except OSError:
            return  # the client went away before
        peer = socket.socket(sock.family, socket.SOCK_STREAM, 0, fd)
        peer.setblocking(False)
        opened.append(peer)
        incoming, pending = bytearray(), bytearray()
        last = [False]  # nothing more is read: to be closed once all is sent

        def leave():
            unwatch(peer.fileno())
            peer.close()
            opened.remove(peer)

        def on_data():
            try:
                if not pending:
                    data = peer.recv(65536)
                    if not data:
                        return leave()
                    incoming.extend(data)
                    last[0] = serve_requests(channel, name, origin, incoming, pending)
                if pending:
                    del pending[:peer.send(pending)]
            except BlockingIOError:
                pass  # its buffer is full
            except OSError:
                return leave()  # the client went away; there is nobody to answer
            if last[0] and not pending:
                return leave()
            poller.modify(peer.fileno(), select.EPOLLOUT if pending else select.EPOLLIN)
        watch(peer.fileno(), on_data)
    watch(sock.fileno(), on_connection)
    return sock.getsockname()[1]


def serve_requests(channel, name, origin, incoming, pending):
    """Answers the whole requests among what came in; whether the connection ends then."""
    while head := head_of(incoming):
        first, headers, start = head
        length = int(header(headers, 'content-length') or 0)
        if len(incoming) < start + length:
            return False
        body = bytes(incoming[start:start + length]).decode('utf-8', 'replace')
        del incoming[:start + length]
        method, path, version = (first.split(' ') + ['', '', ''])[:3]
        seen = {'server': name, 'address': origin[0], 'port': origin[1], 'method': method, 'path': path,
                'headers': headers, 'body': body}
        send(channel, DATA, to_json(seen) + b'\n')
        behaviour = answers_of.get(channel, {})
        answer = behaviour.get(path.split('?')[0], behaviour.get('', {}))
        if answer.get('silent'):
            continue
        content = to_json(seen)
        stays = version == 'HTTP/1.1' and header(headers, 'connection').lower() != 'close'
        lines = [f'HTTP/1.1 {answer.get("status", 200)} -', 'Content-Type: application/json',
                 f'Content-Length: {len(content)}', *(f'{key}: {value}' for key, value in answer.get('headers', ()))]
        if not stays:
            lines.append('Connection: close')
        pending += '\r\n'.join([*lines, '', '']).encode('latin-1')
        if method != 'HEAD':
            pending += content
        if not stays:
            return True
    return False


def op_http_answers(channel, answers):
    """From now on: {path: {status, headers, silent}}, '' for the other paths."""
    yield from ()
    answers_of[channel] = answers


# ------------------------------------------------------------------------------------------------- streams

streams = {}
STREAM = Struct('>8sI')


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
    state = streams[channel] = {'sock': sock, 'sent': [], 'failed': [], 'answered': set(), 'over': False}
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
    """No more packets; those under way are waited for. When each was sent, and which could not be."""
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
    return {'sent': state['sent'], 'failed': state['failed']}


# ---------------------------------------------------------------------------------------------- traceroute

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


# ---------------------------------------------------------------------------------------------- DHCP client

# Called by udhcpc with the event as its argument and the options as variables. The address and routes carry the
# kernel's mark for DHCP (proto 16), so that only those are taken away. Classless static routes take the place of the
# router option (RFC 3442). The last line tells whoever waits, and keeps what was told for those who ask later.
SCRIPT = '''#!/bin/sh
folder=${0%/*}
put() { ip -4 route replace "$1" ${2:+via "$2"} dev "$interface" proto 16; }
case $1 in
deconfig)
  ip link set dev "$interface" up
  ip -4 addr flush dev "$interface" ;;
bound | renew)
  [ -z "$mtu" ] || ip link set dev "$interface" mtu "$mtu"
  ip -4 addr replace "$ip/${mask:-32}" ${broadcast:+broadcast "$broadcast"} dev "$interface"
  ip -4 route flush dev "$interface" proto 16
  if [ -n "$staticroutes" ]; then
    set -- "$1" $staticroutes
    event=$1; shift
    while [ $# -ge 2 ]; do
      [ "$2" != 0.0.0.0 ] && put "$1" "$2" || put "$1"
      shift 2
    done
    set -- "$event"
  elif [ -n "$router" ]; then
    put default "${router%% *}"
  fi ;;
esac
{ printf 'event=%s\\0' "$1"; env -0; } > "$folder/told.new"
mv "$folder/told.new" "$folder/told"
printf . 1<> "$folder/poke"
'''


def dhcp_folder(namespace, device):
    return f'/run/netdojo/dhcp/{namespace}/{device}'


def dhcp_told(folder):
    """The last event and what udhcpc told with it (its variables are in small letters, the shell's own are not)."""
    try:
        fd = os.open(folder + '/told', os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return {'event': ''}
    pairs = [one.partition('=') for one in contents(fd).split('\0')]
    return {name: value for name, _, value in pairs if name and name == name.lower() and name != '_'}


def dhcp_process(folder):
    """The number of the client's process, if it lives."""
    try:
        pid = int(contents(os.open(folder + '/pid', os.O_RDONLY | os.O_CLOEXEC)))
        command = contents(os.open(f'/proc/{pid}/cmdline', os.O_RDONLY | os.O_CLOEXEC))
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid if folder + '/script' in command.split('\0') else None


def dhcp_events(folder, pid, events, deadline):
    """Waits for one of these events; None when the client ended or the time is over."""
    poke = os.open(folder + '/poke', os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while True:
            told = dhcp_told(folder)
            if told['event'] in events:
                return told
            woken = yield from wait([poke], pid if pid in children else None, deadline)
            if woken != poke:
                return None
            os.read(poke, 4096)
    finally:
        os.close(poke)


def op_dhcp(namespace, device, tries=3, pause=1, request='', options=()):
    """busybox's udhcpc on a guest's NIC. It stays, as a client does, and renews in its own time."""
    folder = dhcp_folder(namespace, device)
    yield from op_dhcp_end(namespace, device)
    yield from op_remove(folder + '/told')
    yield from op_write(folder + '/script', SCRIPT, 0o755)
    try:
        os.mkfifo(folder + '/poke', 0o600)
    except FileExistsError:
        pass  # of an earlier client
    log = os.open(folder + '/log', os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        pid = spawn(['busybox', 'udhcpc', '-f', '-n', '-i', device, '-s', folder + '/script', '-t', str(tries), '-T', str(pause),
                     *(['-r', request] if request else []), *(word for name in options for word in ('-O', name))],
                    namespace, log, log, log)
    finally:
        os.close(log)
    yield from op_write(folder + '/pid', str(pid))
    told = yield from dhcp_events(folder, pid, ('bound',), time.monotonic() + tries * pause + 10)
    if told:
        return told
    if children.get(pid) is None:
        os.kill(pid, 9)
    return {'event': '', 'log': contents(os.open(folder + '/log', os.O_RDONLY | os.O_CLOEXEC))}


def op_dhcp_lease(namespace, device):
    """What the client was told last."""
    yield from ()
    return dhcp_told(dhcp_folder(namespace, device))


def dhcp_signal(namespace, device, number, events, timeout):
    folder = dhcp_folder(namespace, device)
    pid = dhcp_process(folder)
    if pid is None:
        raise Failure(f'no DHCP client runs on {namespace}:{device}')
    yield from op_remove(folder + '/told')
    os.kill(pid, number)
    told = yield from dhcp_events(folder, pid, events, time.monotonic() + timeout)
    return told or {'event': ''}


def op_dhcp_renew(namespace, device, timeout=5.0):
    """Asks the server that gave the lease for more time (SIGUSR1)."""
    return (yield from dhcp_signal(namespace, device, 10, ('renew', 'nak', 'bound'), timeout))


def op_dhcp_release(namespace, device, timeout=5.0):
    """Gives the lease back (SIGUSR2), and ends the client."""
    told = yield from dhcp_signal(namespace, device, 12, ('deconfig',), timeout)
    yield from op_dhcp_end(namespace, device)
    return told


def op_dhcp_end(namespace, device):
    """Ends the client without a word to the server."""
    yield from ()
    pid = dhcp_process(dhcp_folder(namespace, device))
    if pid is None:
        return False
    os.kill(pid, 9)
    return True
