"""Web clients and servers of guests."""


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
