"""TCP connections of guests, for one request or for as long as they are wanted."""


def stream_socket(family_of, kind=socket.SOCK_STREAM, protocol=0):
    family = socket.AF_INET6 if ':' in family_of else socket.AF_INET
    return socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)


def outcome_of(error):
    if error.errno in (errno.ECONNRESET, errno.EPIPE):
        return {'outcome': 'reset'}
    return {'outcome': 'error', 'errno': errno_name(error)}


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
