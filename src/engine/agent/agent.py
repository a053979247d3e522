"""The agent that runs in every node: one process on one stream, many requests at a time.

Frames on stdin and stdout: length (4 bytes, of what follows), id (4 bytes), kind (1 byte), payload.
Requests and responses are JSON; data belongs to a channel, whose id is that of the request that opened it.

Start-up counts (every node pays it at once on few cores), hence the C modules below the standard library's own
wrappers: `import socket, signal, json` alone would double the time to the first answer.
"""

import _json
import _signal as signal
import _socket as socket
import errno
import fcntl
import posix as os
import select
import sys
import time
from _struct import Struct, pack, unpack, unpack_from
from _thread import start_new_thread
from binascii import hexlify, unhexlify

REQUEST, RESPONSE, DATA, END = 1, 2, 3, 4
HEADER = Struct('>IIB')
RECORD = Struct('>QBBHII')  # ns since the epoch, packet type, length of the device's name, namespace, original, captured

SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA = 263, 6, 8
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
ETH_P_ALL, PACKET_OUTGOING = 3, 4
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
CLONE_NEWNET = 0x40000000
SIOCETHTOOL, SIOCGIFFLAGS, IFNAMSIZ = 0x8946, 0x8913, 16
IFF_UP, IFF_RUNNING = 0x1, 0x40
ETHTOOL_GLINK, ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO = 0x0A, 0x17, 0x1F, 0x24, 0x2C
OUTPUT_LIMIT = 8 << 20
CAPTURE_BUFFER = 32 << 20
MARKER_TYPE = 0x88B5
MARKER = b'\x88\xb5'  # the harness's own marker frames are nobody's packets


def htons(value):
    return ((value & 0xFF) << 8) | (value >> 8)


class JsonContext:
    strict, object_hook, object_pairs_hook, memo = True, None, None, {}
    parse_float, parse_int = float, int

    def parse_constant(self, name):
        raise ValueError(name)


scan = _json.make_scanner(JsonContext())
encode = _json.make_encoder(None, None, _json.encode_basestring_ascii, None, ':', ',', False, False, False)


def to_json(value):
    return ''.join(encode(value, 0)).encode()


def from_json(data):
    return scan(data.decode(), 0)[0]


def errno_name(error):
    return errno.errorcode.get(error.errno, str(error.errno))


def told(error):
    return f'{error.strerror}: {error.filename or ""}'.rstrip(': ')


class Failure(Exception):
    """A request that could not be carried out; `details` go into the answer."""

    def __init__(self, message, **details):
        super().__init__(message)
        self.details = details


# ------------------------------------------------------------------------------------------------ event loop

poller = select.epoll()
readers = {}  # fd -> callback
writers = {}
deadlines = []  # [time, task] of tasks that wait
children = {}  # pid -> status, or None while it runs
child_waiters = {}  # pid -> task
commands = set()  # pids that somebody waits for; daemons are not among them


def watch(fd, callback):
    readers[fd] = callback
    poller.register(fd, select.EPOLLIN)


def unwatch(fd):
    if readers.pop(fd, None):
        poller.unregister(fd)


class Task:
    """A request being carried out: a generator that yields what it waits for."""

    def __init__(self, ident, generator):
        self.ident, self.generator = ident, generator
        self.waits = None
        self.step(None)

    def step(self, value):
        try:
            self.waits = self.generator.send(value)
        except StopIteration as stop:
            respond(self.ident, {'ok': True, 'value': stop.value})
        except Failure as failure:
            respond(self.ident, {'ok': False, 'error': str(failure), **failure.details})
        except OSError as error:
            respond(self.ident, {'ok': False, 'error': told(error), 'errno': errno_name(error)})
        except Exception as error:
            respond(self.ident, {'ok': False, 'error': f'{type(error).__name__}: {error}'})
        else:
            self.arm()

    def arm(self):
        fds, pid, deadline = self.waits
        if pid is not None and children.get(pid) is not None:
            return self.step('child')
        for fd in fds:
            watch(fd, lambda fd=fd: self.wake(fd))
        if pid is not None:
            child_waiters[pid] = self
        if deadline is not None:
            deadlines.append((deadline, self))

    def wake(self, what):
        fds, pid, deadline = self.waits
        for fd in fds:
            unwatch(fd)
        if pid is not None:
            child_waiters.pop(pid, None)
        if deadline is not None:
            deadlines[:] = [entry for entry in deadlines if entry[1] is not self]
        self.step(what)


def wait(fds=(), pid=None, deadline=None):
    """Until one of `fds` is readable (its number), the child `pid` ended ('child') or the deadline passed (None)."""
    return (yield fds, pid, deadline)


def reap():
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid not in commands:
            note_end(pid, os.waitstatus_to_exitcode(status))
        if pid in children:
            children[pid] = os.waitstatus_to_exitcode(status)
            task = child_waiters.get(pid)
            if task:
                task.wake('child')


# --------------------------------------------------------------------------------------------------- output

output = bytearray()


def send(ident, kind, payload):
    output.extend(HEADER.pack(len(payload) + 5, ident, kind))
    output.extend(payload)


def respond(ident, value):
    send(ident, RESPONSE, to_json(value))


def flush():
    while output:
        try:
            del output[: os.write(1, output[:262144])]
        except BlockingIOError:
            break
    if bool(output) != writers.get(1, False):
        writers[1] = bool(output)
        (poller.register if output else poller.unregister)(*((1, select.EPOLLOUT) if output else (1,)))


# ----------------------------------------------------------------------------------------------- namespaces

own_namespace = None
set_namespace = None


class Inside:
    """Within the network namespace of that name ('' is the node's own): this thread, and what it starts."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        global own_namespace, set_namespace
        if not self.name:
            return
        if set_namespace is None:
            import ctypes

            library = ctypes.CDLL(None, use_errno=True)
            own_namespace = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)

            def set_namespace(fd):
                if library.setns(fd, CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), self.name)

        fd = os.open('/run/netns/' + self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            set_namespace(fd)
        finally:
            os.close(fd)

    def __exit__(self, *_):
        if self.name:
            set_namespace(own_namespace)


# ------------------------------------------------------------------------------------------------- requests


known_paths = {}  # of programs that were found once: each failed attempt would cost a process


def paths_of(name):
    if '/' in name:
        return (name,)
    return known_paths.get(name) or [folder + name for folder in ('/usr/sbin/', '/usr/bin/', '/sbin/', '/bin/')]


def spawn(argv, namespace, stdin, stdout, stderr):
    actions = [(os.POSIX_SPAWN_DUP2, fd, at) for at, fd in enumerate((stdin, stdout, stderr))]
    with Inside(namespace):
        for path in paths_of(argv[0]):
            try:
                pid = os.posix_spawn(path, argv, ENVIRONMENT, file_actions=actions, setpgroup=0,
                                     setsigmask=(), setsigdef=(signal.SIGPIPE,))
            except FileNotFoundError:
                continue
            known_paths[argv[0]] = (path,)
            children[pid] = None
            return pid
    known_paths.pop(argv[0], None)
    raise Failure(f'no such command: {argv[0]}', argv=argv, code=127, stderr='')


ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8', 'HOME': '/root'}


def temporary(data=b''):
    fd = os.memfd_create('netdojo', os.MFD_CLOEXEC) if hasattr(os, 'MFD_CLOEXEC') else os.memfd_create('netdojo', 1)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    os.lseek(fd, 0, 0)
    return fd


def contents(fd):
    parts = []
    try:
        os.lseek(fd, 0, 0)
        while part := os.read(fd, 1 << 20):
            parts.append(part)
    finally:
        os.close(fd)
    return b''.join(parts).decode('utf-8', 'surrogateescape')


def op_run(argv, namespace='', stdin='', timeout=30, check=True):
    """A command, to its end. Memory files take its output: a daemon that keeps them open holds nothing up."""
    given, out, err = temporary(stdin.encode('utf-8', 'surrogateescape')), temporary(), temporary()
    try:
        pid = spawn(argv, namespace, given, out, err)
        commands.add(pid)
        ended = yield from wait(pid=pid, deadline=time.monotonic() + timeout)
        commands.discard(pid)
        if ended is None:
            os.killpg(pid, 9)
            yield from wait(pid=pid, deadline=time.monotonic() + 5)
            children.pop(pid)
            raise Failure(f'no end within {timeout} s', argv=argv, code=124, stderr=contents(err))
        code = children.pop(pid)
        result = {'code': code, 'stdout': contents(out), 'stderr': contents(err)}
    finally:
        os.close(given)
    if check and code != 0:
        raise Failure(f'exit code {code}', argv=argv, **result)
    return result


def op_batch(steps):
    """Steps in order; the first that fails ends it and says which it was."""
    results = []
    for index, (name, arguments) in enumerate(steps):
        try:
            results.append((yield from operation_named(name)(**arguments)))
        except Failure as failure:
            failure.details.update(step=index, operation=name)
            raise
        except OSError as error:
            raise Failure(told(error), step=index, operation=name, errno=errno_name(error))
    return results


def op_write(path, text, mode=0o644):
    """A file, in whole or not at all, with just these permissions."""
    make_folder(path.rpartition('/')[0])
    fd = os.open(path + '.new', os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        view = memoryview(text.encode('utf-8', 'surrogateescape'))
        while view:
            view = view[os.write(fd, view):]
        os.fchmod(fd, mode)
    except OSError as error:
        os.unlink(path + '.new')  # what is left of it must not fill the disk
        raise Failure(told(error) + ': ' + path, errno=errno_name(error))
    finally:
        os.close(fd)
    os.rename(path + '.new', path)
    yield from ()


def make_folder(path):
    if not path:
        return
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        return
    except FileNotFoundError:
        make_folder(path.rpartition('/')[0])
        os.mkdir(path, 0o755)


def op_read(path):
    yield from ()
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return contents(fd)


def op_remove(path):
    yield from ()
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def op_namespace(namespace, bridges=(), sysctls=(), offloads=(), ip='', ip6=''):
    """One namespace's settings at once.

    Linux bridges as far as they are not there, which have sysctls of their own; sysctls; checksum and segmentation
    offloads off; and an `ip -batch`, with one more for what needs to be told that it is IPv6.
    """
    added = ''.join(f'link add name {bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0\n' for bridge in bridges
                    if not index_of(namespace, bridge))
    if added:
        yield from op_run(['ip', '-batch', '-'], namespace, added)
    with Inside(namespace):
        for name, value in sysctls:
            fd = os.open('/proc/sys/' + name, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.write(fd, value.encode())
            finally:
                os.close(fd)
        for device in offloads:
            offload_off(device)
    if ip:
        yield from ip_batch(['ip', '-batch', '-'], namespace, ip)
    if ip6:
        yield from ip_batch(['ip', '-6', '-batch', '-'], namespace, ip6)


def ip_batch(argv, namespace, text):
    """An `ip -batch`. A flush in it lists all and deletes one after the other (iproute2, flush_update() in ipneigh.c): what
    has gone by itself meanwhile fails it, and one of flushes alone begins anew."""
    for _ in range(20 if all(' flush ' in line for line in text.splitlines()) else 1):
        result = yield from op_run(argv, namespace, text, check=False)
        if result['code'] == 0:
            return
        if 'Failed to send flush request' not in result['stderr']:
            break
    raise Failure(f"exit code {result['code']}", argv=argv, **result)


def op_unplug(ends):
    """Takes away the devices ([[namespace, device], …]) that are there; what is gone already is as good as taken."""
    for namespace, device in ends:
        if index_of(namespace, device):
            yield from op_run(['ip', 'link', 'del', 'dev', device], namespace)


def op_namespaces():
    """Names of the network namespaces that there are."""
    yield from ()
    try:
        return os.listdir('/run/netns')
    except FileNotFoundError:
        return []


def ethtool(sock, device, command, value=0):
    """What a device answers to a command with one number (ethtool(8)); None where it has no such thing."""
    from array import array

    body = array('I', [command, value])
    request = pack('16sP', device.encode(), body.buffer_info()[0]) + bytes(16)
    try:
        fcntl.ioctl(sock.fileno(), SIOCETHTOOL, request)
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
        return None
    return body[1]


def offload_off(device):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for command in (ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO):
            ethtool(probe, device, command)
    finally:
        probe.close()


def op_start_switch(transaction=''):
    """Open vSwitch: the database, its first contents, the switch. The switch finds its bridges when it starts."""
    make_folder('/run/openvswitch')
    yield from op_run(['ovsdb-server', '/etc/openvswitch/conf.db', '--remote=punix:/run/openvswitch/db.sock',
                       '--detach', '--no-chdir', '--pidfile', '-vconsole:off', '-vsyslog:off'])
    if transaction:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(20)
        client.connect('/run/openvswitch/db.sock')
        client.sendall(transaction.encode())
        answer = b''
        while not answer.rstrip().endswith(b'}'):
            part = client.recv(65536)
            if not part:
                raise Failure('the database closed the connection', stderr=answer.decode())
            answer += part
        client.close()
        if b'"error":null' not in answer or b'"details"' in answer:
            raise Failure('the database refused the first transaction', stderr=answer.decode())
    fd = os.open('/run/openvswitch/vswitchd.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        pid = spawn(['ovs-vswitchd', 'unix:/run/openvswitch/db.sock', '--no-chdir', '--pidfile', '-vsyslog:off'],
                    '', fd, fd, fd)
    finally:
        os.close(fd)
    return pid


def op_unixctl(method, parameters=(), timeout=20):
    """A command of the switch's own (ovs-appctl(8)), over its socket and without a process: its text."""
    fd = os.open('/run/openvswitch/ovs-vswitchd.pid', os.O_RDONLY | os.O_CLOEXEC)
    path = f'/run/openvswitch/ovs-vswitchd.{contents(fd).strip()}.ctl'
    argv = ['ovs-appctl', method, *parameters]
    deadline = time.monotonic() + timeout
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        while True:
            try:
                sock.connect(path)
                break
            except BlockingIOError:
                # Its queue of connections is full: it is busy, or it has stopped.
                now = time.monotonic()
                if now >= deadline:
                    raise Failure(f'no answer within {timeout} s', argv=argv)
                yield from wait(deadline=now + 0.005)
        sock.sendall(to_json({'id': 0, 'method': method, 'params': list(parameters)}))
        answer = bytearray()
        value = None
        while value is None:
            if (yield from wait([sock.fileno()], None, deadline)) is None:
                raise Failure(f'no answer within {timeout} s', argv=argv)
            part = sock.recv(1 << 20)
            if not part:
                raise Failure('the switch closed the connection', argv=argv)
            answer += part
            if part.endswith(b'}'):
                try:
                    value = from_json(answer)
                except (StopIteration, ValueError):
                    pass  # the brace was part of a text; there is more to come
    finally:
        sock.close()
    if value.get('error') is not None:
        raise Failure('refused', argv=argv, stderr=str(value['error']))
    return value['result']


# ------------------------------------------------------------------------------------------- captures

captures = {}  # channel -> list of entries; records carry an entry's index


def packet_socket(namespace, size):
    with Inside(namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return sock


def read_capture(channel, index, entry, limit=512):
    """Frames that wait at one socket, as records; the time of the last one if there may be more, else None."""
    sock, devices, counts = entry['socket'], entry['devices'], entry['counts']
    snap = entry['snap']
    records = bytearray()
    extra = ()
    for _ in range(limit):
        try:
            frame, extra, flags, (device, _, kind, _, _) = sock.recvmsg(snap, 96, socket.MSG_TRUNC)
        except BlockingIOError:
            extra = None
            break
        except OSError as error:
            if error.errno != errno.ENETDOWN:
                raise
            continue
        if device not in devices:
            continue
        if frame[12:14] == MARKER:
            entry['marked'].add(device)
            continue
        stamp = original = 0
        tag = None
        for level, sort, data in extra:
            if level == socket.SOL_SOCKET and sort == SO_TIMESTAMPNS:
                stamp = stamp_of(data)
            elif level == SOL_PACKET and sort == PACKET_AUXDATA:
                status, original, _, _, _, tci, tpid = unpack_from('IIIHHHH', data)
                if status & TP_STATUS_VLAN_VALID:
                    tag = pack('>HH', tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100, tci)
        if tag is not None:
            frame = frame[:12] + tag + frame[12:]
            original += 4
        counts[0] += 1
        name = device.encode()
        records += RECORD.pack(stamp, kind, len(name), index, max(original, len(frame)), len(frame))
        records += name
        records += frame
    if records:
        send(channel, DATA, records)
    return None if extra is None else next((stamp_of(data) for _, sort, data in extra if sort == SO_TIMESTAMPNS), 0)


def stamp_of(data):
    seconds, nanoseconds = unpack('qq', data)
    return seconds * 1000000000 + nanoseconds


def op_capture(channel, namespaces, snap=65535, buffer=CAPTURE_BUFFER):
    """Frames of the named devices of these namespaces ([[name, [devices]], …]) as data on a channel."""
    yield from ()
    # All or nothing: nobody would know of sockets that a failure leaves open.
    known = {entry['name']: entry for entry in captures.get(channel, ()) if entry['socket']}
    made = {name: packet_socket(name, buffer) for name, _ in namespaces if name not in known}
    entries = captures.setdefault(channel, [])
    for name, devices in namespaces:
        if name in known:
            known[name]['devices'] = set(devices)
            continue
        sock = made[name]
        entry = {'name': name, 'socket': sock, 'devices': set(devices), 'counts': [0, 0], 'marked': set(), 'snap': snap}
        watch(sock.fileno(), lambda index=len(entries), entry=entry: read_capture(channel, index, entry))
        entries.append(entry)
    return [[index, entry['name']] for index, entry in enumerate(entries)]


def op_capture_sync(channel):
    """Every frame that a socket holds now is sent before the answer.

    That counts, by namespace, what was seen and what was lost, and names the devices at which a marker was seen since
    the last time: a capture that sees no marker would not see a packet either.
    """
    yield from ()
    counts = []
    now = time.time_ns()
    for index, entry in enumerate(captures.get(channel, ())):
        if entry['socket']:
            # Traffic that never ends must not keep the answer back.
            while (last := read_capture(channel, index, entry)) is not None and last <= now:
                pass
            count_dropped(entry)
        counts.append([entry['name'], *entry['counts'], list(entry['marked'])])
        entry['marked'].clear()
    return counts


def count_dropped(entry):
    _, dropped = unpack('II', entry['socket'].getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    entry['counts'][1] += dropped


def op_capture_stop(channel, namespaces=None):
    """Ends a capture, or (with `namespaces`) its part in some of them."""
    yield from ()
    over = []
    for entry in captures.get(channel, ()):
        if entry['socket'] and (namespaces is None or entry['name'] in namespaces):
            count_dropped(entry)
            unwatch(entry['socket'].fileno())
            over.append(entry['socket'])
            entry['socket'] = None
    close_later(over)
    if namespaces is None:
        captures.pop(channel, None)


# --------------------------------------------------------------------------------------------- frames out

marker_sockets = {}


def device_socket(namespace, device, protocol):
    with Inside(namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
        # The protocol only now: changing it on a socket that listens would wait for the kernel's readers.
        sock.bind((device, protocol))
    return sock


def op_inject(frames):
    """Frames ([[namespace, device, hex], …]) put on devices as they are, in order."""
    for namespace, device, data in frames:
        key = (namespace, device)
        try:
            sock = yield from send_by(marker_sockets.pop(key, None), key, MARKER_TYPE, unhexlify(data))
        except OSError as error:
            raise Failure(f'{namespace}:{device}: {error.strerror}'.lstrip(':'), errno=errno_name(error))
        marker_sockets[key] = sock


def op_inject_again(frames, pauses):
    """The same frames again after each of these pauses (seconds), as far as their devices are still there."""
    for pause in pauses:
        yield from wait(deadline=time.monotonic() + pause)
        for frame in frames:
            try:
                yield from op_inject([frame])
            except Failure:
                continue  # whoever is gone has nothing to say


def op_echo(targets, silent, ethertype, frame, token, timeout=5):
    """A marker frame out of each device ([[namespace, device], …]); returns when each has come back.

    Those that have none but a kernel at their other end (`silent`) get one too, and no answer. `missing` are those that
    got none in time, `down` those without a link: nothing can be on its way there.

    The switch at the other end returns markers in the order in which it works, so a marker that came back proves
    that every frame sent before it has been dealt with.
    """
    pending = {}
    body = unhexlify(frame)
    wanted = unhexlify(token)
    deadline = time.monotonic() + timeout
    taken = []
    down = []
    try:
        for at, (namespace, device) in enumerate([*targets, *silent]):
            # Taken out while it is in use: another echo at the same time opens one of its own.
            key = (namespace, device)
            try:
                sock = yield from send_by(marker_sockets.pop(key, None), key, ethertype, body)
            except OSError as error:
                # A queue without a link takes nothing (ENOBUFS), but may be full as well.
                if error.errno == errno.ENETDOWN or error.errno == errno.ENOBUFS and not has_link(key, ethertype):
                    down.append(list(key))
                    continue
                raise Failure(f'{namespace}:{device}: {error.strerror}'.lstrip(':'), errno=errno_name(error))
            taken.append((key, sock))
            if not linked(sock, device):
                down.append(list(key))
            elif at < len(targets):
                pending[sock.fileno()] = (sock, key)
        while pending:
            fd = yield from wait(list(pending), None, deadline)
            if fd is None:
                return {'missing': [list(key) for _, key in pending.values()], 'down': down}
            sock, (namespace, device) = pending[fd]
            while True:
                try:
                    data, (_, _, kind, _, _) = sock.recvfrom(256)
                except BlockingIOError:
                    break
                except OSError as error:
                    raise Failure(f'{namespace}:{device}: {error.strerror}'.lstrip(':'), errno=errno_name(error))
                if kind != PACKET_OUTGOING and wanted in data:
                    del pending[fd]
                    break
        # Only what works is kept: a device may have gone and another of its name come.
        for key, sock in taken:
            marker_sockets[key] = sock
        return {'missing': [], 'down': down}
    finally:
        for key, sock in taken:
            if marker_sockets.get(key) is not sock:
                sock.close()


def close_later(sockets):
    """Closing a packet socket waits for the kernel's readers, some 10 ms each: a thread of its own does that."""
    start_new_thread(lambda: [sock.close() for sock in sockets], ())


def send_by(sock, key, ethertype, body):
    """The socket by which it went; one that is kept may be that of an earlier device of the same name."""
    if sock:
        try:
            yield from send_whole(sock, body)
            return sock
        except OSError:
            close_later([sock])
    sock = device_socket(*key, ethertype)
    yield from until_running(sock, key[1])
    yield from send_whole(sock, body)
    return sock


def flags_of(sock, device):
    request = pack('16sH', device.encode(), 0) + bytes(22)
    return unpack_from('H', fcntl.ioctl(sock.fileno(), SIOCGIFFLAGS, request), 16)[0]


def has_link(key, ethertype):
    sock = device_socket(*key, ethertype)
    try:
        return linked(sock, key[1])
    finally:
        sock.close()


def linked(sock, device):
    """Whether the far end is there and up, without the second that IFF_RUNNING may take to tell."""
    return ethtool(sock, device, ETHTOOL_GLINK) != 0


def until_running(sock, device):
    """A cable that has just been plugged in: until the kernel has noticed, it drops what is sent and says nothing."""
    deadline = time.monotonic() + 1
    while True:
        flags = flags_of(sock, device)
        # One that is down will say so itself.
        if not flags & IFF_UP or flags & IFF_RUNNING or time.monotonic() > deadline:
            return
        yield from wait(deadline=time.monotonic() + 0.002)


def send_whole(sock, body):
    """A device whose queue is full for a moment is waited for."""
    deadline = time.monotonic() + 0.25
    while True:
        try:
            return sock.send(body)
        except OSError as error:
            if error.errno not in (errno.ENOBUFS, errno.EAGAIN) or time.monotonic() > deadline:
                raise
        yield from wait(deadline=time.monotonic() + 0.002)


def op_forget_devices(targets):
    """Closes what is kept for devices that are about to go."""
    yield from ()
    close_later([marker_sockets.pop(key) for key in map(tuple, targets) if key in marker_sockets])


# ---------------------------------------------------------------------------------------- guests' own stack


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def guest_socket(namespace, kind, destination, port=0, protocol=0):
    """A socket for the version of an address, and the address as the socket takes it; fe80::1%eth0 names the link."""
    bare, _, link = destination.partition('%')
    six = ':' in bare
    with Inside(namespace):
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                             kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        return sock, (bare, port, 0, socket.if_nametoindex(link) if link else 0) if six else (bare, port)


def hops_left(sock, ttl, discover):
    """The TTL, or the hop limit; whether packets must not be cut up (IP_MTU_DISCOVER, IPV6_MTU_DISCOVER)."""
    six = sock.family == socket.AF_INET6
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    sock.setsockopt(level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL, ttl)
    if discover is not None:
        sock.setsockopt(level, 23 if six else 10, discover)


def op_ping(namespace, destination, identifier, sequence, payload, source=None, ttl=64, df=False, timeout=1.0):
    """One ICMP echo by the kernel's own stack; what came back, or that nothing did."""
    six = ':' in destination
    sock, target = guest_socket(namespace, socket.SOCK_RAW, destination,
                                protocol=socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
    try:
        # In IPv6 a packet that fits no path is cut up by its sender or not at all: 3 lets it out whole.
        hops_left(sock, ttl, (3 if six else 2) if df else 1 if six else 0)
        if six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        if source:
            sock.bind((source, 0))
        body = unhexlify(payload)
        ask = 128 if six else 8
        head = pack('>BBHHH', ask, 0, 0, identifier, sequence)
        if not six:  # the kernel makes ICMPv6's, with the addresses (RFC 3542, 3.1)
            head = pack('>BBHHH', ask, 0, checksum(head + body), identifier, sequence)
        began = time.monotonic()
        deadline = began + timeout
        try:
            sock.sendto(head + body, target)
        except OSError as error:
            return {'outcome': 'not-sent', 'errno': errno_name(error)}
        while (yield from wait([sock.fileno()], None, deadline)) is not None:
            while True:
                try:
                    packet, told_beside, _, origin = sock.recvmsg(65535, 64)
                except BlockingIOError:
                    break
                except OSError as error:
                    return {'outcome': 'error', 'errno': errno_name(error)}
                answer = (echo_answer6 if six else echo_answer)(packet, told_beside, identifier, sequence, body)
                if answer:
                    return {**answer, 'from': origin[0], 'us': round((time.monotonic() - began) * 1e6)}
        return {'outcome': 'no-reply'}
    finally:
        sock.close()


def echo_answer(packet, _, identifier, sequence, body):
    """What an IPv4 packet says about our echo, if it is about ours."""
    offset = (packet[0] & 15) * 4
    sort, code, _, got_identifier, got_sequence = unpack_from('>BBHHH', packet, offset)
    if sort == 0 and (got_identifier, got_sequence) == (identifier, sequence) and packet[offset + 8:] == body:
        return {'outcome': 'reply', 'ttl': packet[8]}
    if sort in (3, 5, 11, 12) and len(packet) >= offset + 36:
        inner = offset + 8 + (packet[offset + 8] & 15) * 4
        if packet[inner:inner + 1] == b'\x08' and unpack_from('>HH', packet, inner + 4) == (identifier, sequence):
            return {'outcome': 'icmp-error', 'type': sort, 'code': code, 'mtu': unpack_from('>H', packet, offset + 6)[0]}
    return None


def echo_answer6(message, beside, identifier, sequence, body):
    """The same of ICMPv6, which comes without its IP header; the hop limit comes beside it (RFC 3542)."""
    sort, code, _, got_identifier, got_sequence = unpack_from('>BBHHH', message)
    if sort == 129 and (got_identifier, got_sequence) == (identifier, sequence) and message[8:] == body:
        limit = next(data for _, kind, data in beside if kind == socket.IPV6_HOPLIMIT)
        return {'outcome': 'reply', 'ttl': int.from_bytes(limit, sys.byteorder)}
    # An error quotes our whole header, which has no extensions (RFC 4443, 3).
    if sort < 128 and message[48:49] == b'\x80' and unpack_from('>HH', message, 52) == (identifier, sequence):
        return {'outcome': 'icmp-error', 'type': sort, 'code': code, 'mtu': unpack_from('>I', message, 4)[0] if sort == 2 else 0}
    return None


def op_udp(namespace, destination, port, payload, source=None, source_port=0, reply=False, ttl=64, timeout=1.0):
    """One datagram by the kernel's own stack, and with `reply` what comes back."""
    sock, target = guest_socket(namespace, socket.SOCK_DGRAM, destination, port)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        hops_left(sock, ttl, None)
        # An ICMP error about it is an answer too (IP_RECVERR, IPV6_RECVERR).
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, 25, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, 11, 1)
        sock.bind((source or '', source_port))
        try:
            sock.sendto(unhexlify(payload), target)
        except OSError as error:
            return {'outcome': 'not-sent', 'errno': errno_name(error)}
        local = sock.getsockname()[1]
        if not reply:
            return {'outcome': 'sent', 'source_port': local}
        if (yield from wait([sock.fileno()], None, time.monotonic() + timeout)) is None:
            return {'outcome': 'no-reply', 'source_port': local}
        try:
            data, origin = sock.recvfrom(65535)
        except OSError as error:
            return {'outcome': 'error', 'errno': errno_name(error), 'source_port': local}
        return {'outcome': 'reply', 'from': origin[0], 'payload': hexlify(data).decode(), 'source_port': local}
    finally:
        sock.close()


# How much (bytes) of a connection may be on its way: what a switch in user space has no turn to take waits in sockets of
# 208 KiB, two thirds of it for the kernel's own book-keeping, and the rest is dropped. It is packets that are looked at
# here, not how fast they go.
IN_FLIGHT = 32768


def op_tcp(namespace, destination, port, size, source=None, timeout=5.0):
    """A connection to an echo server: `size` bytes there and back, compared."""
    sock, target = guest_socket(namespace, socket.SOCK_STREAM, destination, port)
    deadline = time.monotonic() + timeout
    gate = select.epoll()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, IN_FLIGHT)
        if source:
            sock.bind((source, 0))
        began = time.monotonic()
        try:
            sock.connect(target)
        except BlockingIOError:
            pass  # in progress: the readiness below tells the outcome
        gate.register(sock.fileno(), select.EPOLLOUT)
        if (yield from wait([gate.fileno()], None, deadline)) is None:
            return {'outcome': 'no-connection'}
        problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            return {'outcome': 'refused' if problem == errno.ECONNREFUSED else 'error',
                    'errno': errno.errorcode.get(problem, str(problem))}
        connected = time.monotonic()
        pattern = bytes(range(256)) * 256
        sent = received = 0
        while received < size:
            gate.modify(sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if sent < size else 0))
            if (yield from wait([gate.fileno()], None, deadline)) is None:
                return {'outcome': 'stalled', 'sent': sent, 'received': received}
            try:
                if sent < size:
                    start = sent % 256
                    sent += sock.send(pattern[start:start + min(size - sent, 65536 - 256)])
            except BlockingIOError:
                pass  # its buffer is full; what came back is read below
            try:
                data = sock.recv(65536 - 256)
            except BlockingIOError:
                continue
            if not data:
                return {'outcome': 'closed', 'sent': sent, 'received': received}
            start = received % 256
            if data != pattern[start:start + len(data)]:
                return {'outcome': 'corrupted', 'sent': sent, 'received': received}
            received += len(data)
        return {'outcome': 'exchanged', 'bytes': received, 'connect_us': round((connected - began) * 1e6),
                'us': round((time.monotonic() - began) * 1e6)}
    except OSError as error:
        return {'outcome': 'error', 'errno': errno_name(error)}
    finally:
        gate.close()
        sock.close()


servers = {}


def op_serve(channel, namespace, protocol, port, address='', abrupt=False):
    """
    An echo server in a guest ('tcp' or 'udp') until `close`; each request or connection is told on the channel.
    `abrupt`: it ends connections by a RST.
    """
    yield from ()
    udp = protocol == 'udp'
    sock, own = guest_socket(namespace, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM, address, port)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(own)
    except OSError as error:
        raise Failure(f'{protocol} port {port}: {error.strerror}', errno=errno_name(error))
    opened = servers[channel] = [sock]
    if udp:
        def on_datagram():
            try:
                data, origin = sock.recvfrom(65535)
                send(channel, DATA, to_json({'from': origin[0], 'port': origin[1], 'bytes': len(data)}))
                sock.sendto(data, origin)
            except OSError:
                return  # an ICMP error about an earlier answer, or nobody to answer to
        watch(sock.fileno(), on_datagram)
        return sock.getsockname()[1]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, IN_FLIGHT)
    sock.listen(128)

    def on_connection():
        try:
            fd, origin = sock._accept()
        except OSError:
            return  # the client went away before
        peer = socket.socket(sock.family, socket.SOCK_STREAM, 0, fd)
        peer.setblocking(False)
        if abrupt:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack('ii', 1, 0))
        opened.append(peer)
        send(channel, DATA, to_json({'from': origin[0], 'port': origin[1]}))
        pending = bytearray()

        def on_data():
            """Reads on only when all has been sent back: a client that does not read is not read from."""
            try:
                if not pending:
                    data = peer.recv(65536)
                    if not data:
                        return leave()
                    pending.extend(data)
                del pending[:peer.send(pending)]
            except BlockingIOError:
                pass  # its buffer is full
            except OSError:
                return leave()  # the client went away; there is nobody to answer
            poller.modify(peer.fileno(), select.EPOLLOUT if pending else select.EPOLLIN)

        def leave():
            unwatch(peer.fileno())
            peer.close()
            opened.remove(peer)
        watch(peer.fileno(), on_data)
    watch(sock.fileno(), on_connection)
    return sock.getsockname()[1]


# ------------------------------------------------------------------------------------- guests: applications

learnt = set()


def op_learn(name, source):
    """Operations that few nodes need, as source text, once: the others do not pay for them at their start."""
    yield from ()
    if name not in learnt:
        space = dict(globals())
        exec(compile(source, name, 'exec'), space)
        OPERATIONS.update({key[3:].replace('_', '-'): value for key, value in space.items() if key.startswith('op_')})
        learnt.add(name)


# -------------------------------------------------------------------------------------------------- relays

relays = {}


def op_connect(channel, path):
    """A Unix socket's bytes as a channel, both ways."""
    yield from ()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    sock.connect(path)
    relays[channel] = sock

    def on_bytes():
        try:
            data = sock.recv(262144)
        except ConnectionError:
            data = b''
        send(channel, DATA if data else END, data)
        if not data:
            close_channel(channel)
    watch(sock.fileno(), on_bytes)


def close_channel(channel):
    for sock in servers.pop(channel, []) + ([relays.pop(channel)] if channel in relays else []):
        unwatch(sock.fileno())
        sock.close()


def op_close(channel):
    yield from ()
    close_channel(channel)


def op_hello():
    yield from ()
    return {'pid': os.getpid(), 'version': 1}


def op_kill(pid, signal_number):
    yield from ()
    os.kill(pid, signal_number)


def op_start(argv, namespace='', log='/dev/null'):
    """A daemon that stays; its process id."""
    yield from ()
    fd = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        return spawn(argv, namespace, fd, fd, fd)
    finally:
        os.close(fd)


#include services.py


def operation_named(name):
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise Failure(f'unknown operation {name}')
    return operation


OPERATIONS = {name[3:].replace('_', '-'): value for name, value in list(globals().items()) if name.startswith('op_')}


# --------------------------------------------------------------------------------------------------- main

incoming = bytearray()
stay = len(sys.argv) > 1 and sys.argv[1] == 'stay'


def on_input():
    """Requests; False at the end of the stream."""
    try:
        data = os.read(0, 262144)
    except BlockingIOError:
        return
    if not data:
        for pid in commands:
            try:
                os.killpg(pid, 9)
            except ProcessLookupError:
                continue  # it has just ended
        if not stay:
            os._exit(0)
        return unwatch(0)
    incoming.extend(data)
    while len(incoming) >= 9:
        length, ident, kind = HEADER.unpack_from(incoming)
        if len(incoming) < length + 4:
            break
        payload = bytes(incoming[9:length + 4])
        del incoming[:length + 4]
        if kind == REQUEST:
            Task(ident, answer(payload))
        elif kind == DATA and ident in relays:
            try:
                relays[ident].sendall(payload)
            except OSError:
                # Nobody listens there any more.
                send(ident, END, b'')
                close_channel(ident)


def answer(payload):
    try:
        name, arguments = from_json(payload)
    except Exception:
        raise Failure('not a request')
    return (yield from operation_named(name)(**arguments))


def guarded(callback):
    """The node lives and dies with this process: what goes wrong with one socket is told, and the others go on."""
    try:
        callback()
    except Exception as error:
        complain = f'agent: {callback.__qualname__}: {type(error).__name__}: {error}\n'
        try:
            os.write(2, complain.encode())
        except OSError:
            return  # nobody listens


def serve(wake_out):
    def on_child():
        try:
            os.read(wake_out, 4096)
        except BlockingIOError:
            return
        reap()
    watch(wake_out, on_child)
    watch(0, on_input)
    while True:
        timeout = -1
        if deadlines:
            timeout = max(0, min(at for at, _ in deadlines) - time.monotonic())
        for fd, event in poller.poll(timeout):
            if fd == 1:
                continue
            if len(output) > OUTPUT_LIMIT and fd != 0 and fd != wake_out:
                continue  # the kernel keeps captured frames for now, and counts what it cannot keep
            callback = readers.get(fd)
            if callback:
                guarded(callback)
        now = time.monotonic()
        for at, task in [entry for entry in deadlines if entry[0] <= now]:
            task.wake(None)
        flush()


def know_oneself():
    """The engine writes this file only for containers that it connects to a network."""
    with open('/etc/hosts', 'w') as hosts:
        hosts.write(f'127.0.0.1 localhost {socket.gethostname()}\n::1 localhost\n')


def speak_no_ipv6():
    """Until the node's settings say so: a device would look for duplicates and routers as soon as it is plugged in."""
    for devices in ('all', 'default'):
        path = f'/proc/sys/net/ipv6/conf/{devices}/disable_ipv6'
        if os.access(path, os.W_OK):
            with open(path, 'w') as setting:
                setting.write('1')


def main():
    """Serves in a thread of its own.

    The first thread stays in the node's own network namespace: whoever means that one by this process's number, to
    put the end of a cable there or to start a command, must not find it elsewhere for a moment.
    """
    for fd in (0, 1):
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
    if stay:
        know_oneself()
        speak_no_ipv6()
    wake_out, wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_in)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def serving():
        try:
            serve(wake_out)
        except BaseException as error:
            os.write(2, f'agent: {type(error).__name__}: {error}\n'.encode())
        finally:
            os._exit(1)
    start_new_thread(serving, ())
    while True:
        signal.pause()


main()
