"""What the services of a node need: devices moved into namespaces, daemons, looks at what the kernel has still to do.

Part of agent.py, which takes this text in (nodes/container.ts) and whose names it uses.
"""

RTM_NEWLINK, RTM_GETADDR, RTM_GETNEIGH = 16, 22, 30
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, TCP_LISTEN = 4, 20, 10
# linux/packet_diag.h and linux/sock_diag.h
PACKET_SHOW_MEMINFO, PACKET_DIAG_MEMINFO, SK_MEMINFO_DROPS = 0x10, 6, 8
IFLA_NET_NS_FD, IFA_LOCAL, NDA_DST, NUD_INCOMPLETE = 28, 2, 1, 0x01
SIGHUP, SIGKILL, SIGTERM, SIGCONT = 1, 9, 15, 18
LOG_TAIL = 2000


def netlink(kind, flags, body, family=0):
    """One request to the kernel about the present namespace (netlink(7)); the bodies of what it answers."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    bodies = []
    try:
        sock.sendto(pack('IHHII', 16 + len(body), kind, flags | NLM_F_REQUEST, 1, 0) + body, (0, 0))
        while True:
            data = sock.recv(1 << 16)
            at = 0
            while at < len(data):
                length, sort = unpack_from('IH', data, at)
                if sort == NLMSG_DONE:
                    return bodies
                if sort == NLMSG_ERROR:
                    number = -unpack_from('i', data, at + 16)[0]
                    if number:
                        raise OSError(number, os.strerror(number))
                    return bodies
                bodies.append(data[at + 16:at + length])
                at += (length + 3) & ~3
    finally:
        sock.close()


# ----------------------------------------------------------------------------------- namespaces, devices


def op_add_namespaces(names):
    """Network namespaces, as far as they are not there."""
    there = yield from op_namespaces()
    lines = ''.join(f'netns add {name}\n' for name in names if name not in there)
    if lines:
        yield from op_run(['ip', '-batch', '-'], '', lines)


def op_remove_namespaces(names):
    """Network namespaces with all that is in them, as far as they are there."""
    close_later([marker_sockets.pop(key) for key in list(marker_sockets) if key[0] in names])
    there = yield from op_namespaces()
    lines = ''.join(f'netns del {name}\n' for name in names if name in there)
    if lines:
        yield from op_run(['ip', '-batch', '-'], '', lines)


def index_of(namespace, device):
    """Number of the device there, or 0."""
    try:
        with Inside(namespace):
            return socket.if_nametoindex(device)
    except OSError:
        return 0


def op_move_devices(moves):
    """Devices ([[device, namespace], …]) to their namespaces, from wherever in the node they are."""
    there = yield from op_namespaces()
    for device, target in moves:
        if index_of(target, device):
            continue
        source = next((name for name in ['', *there] if index_of(name, device)), None)
        if source is None:
            raise Failure(f'no device {device} in any namespace')
        path = '/run/netns/' + target if target else '/proc/self/ns/net'
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with Inside(source):
                link = pack('BxHiII', 0, 0, socket.if_nametoindex(device), 0, 0)
                netlink(RTM_NEWLINK, NLM_F_ACK, link + pack('HHI', 8, IFLA_NET_NS_FD, fd))
        finally:
            os.close(fd)


def op_until_running(ends):
    """Until devices ([[namespace, device], …]) whose cables have just been plugged in can be sent through."""
    for namespace, device in ends:
        with Inside(namespace):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            yield from until_running(sock, device)
        finally:
            sock.close()


# ------------------------------------------------------------------------------------------------ daemons

# A file each, named as the daemon: other agents of this node, which come and go, must find what one has started.
REGISTRY = '/run/netdojo/processes/'


def registered(name):
    try:
        fd = os.open(REGISTRY + name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    return scan(contents(fd), 0)[0]


def register(name, daemon):
    yield from op_write(REGISTRY + name, to_json(daemon).decode())


def all_registered():
    try:
        names = os.listdir(REGISTRY)
    except FileNotFoundError:
        return {}
    return {name: daemon for name in names if not name.endswith('.new') and (daemon := registered(name))}


def note_end(pid, code):
    """Keeps the exit code of a daemon that ended, for whoever asks."""
    for name, daemon in all_registered().items():
        if daemon['pid'] == pid and daemon['code'] is None:
            for _ in register(name, {**daemon, 'code': code}):
                pass  # it waits for nothing


def stat_of(pid):
    """State of a process (one letter) and when it started, which tells it from a later one of its number."""
    try:
        fields = contents(os.open(f'/proc/{pid}/stat', os.O_RDONLY | os.O_CLOEXEC)).rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None, None
    return fields[0], fields[19]


def state_of(daemon):
    """The letter of one that runs, else None."""
    state, start = stat_of(daemon['pid'])
    return state if start == daemon['start'] and state not in 'ZX' else None


def log_tail(daemon):
    fd = os.open(daemon['log'], os.O_RDONLY | os.O_CLOEXEC)
    try:
        end = os.lseek(fd, 0, 2)
        begin = max(daemon['logged'], end - LOG_TAIL)
        return os.pread(fd, end - begin, begin).decode('utf-8', 'replace')
    finally:
        os.close(fd)


def proc_lines(path, heading=1):
    """Lines of a table in /proc without its heading; none where the kernel has no such table."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return contents(fd).splitlines()[heading:]
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ESRCH, errno.EINVAL):
            raise
        return []


def listens(process, protocol, port):
    """Whether somebody listens on that port in the namespace of the process."""
    wanted, listening = f':{port:04X}', {'tcp': '0A', 'udp': '07'}[protocol]
    return any(
        fields[1].endswith(wanted) and fields[3] == listening
        for version in ('', '6')
        for fields in map(str.split, proc_lines(f'/proc/{process}/net/{protocol}{version}'))
    )


def pauses():
    """Times after which to look again: often at first."""
    pause = 0.001
    while True:
        yield time.monotonic() + pause
        pause = min(pause * 1.5, 0.02)


def op_process_start(name, argv, namespace='', ready=None, reload=False, settled=None, timeout=10, reload_interval=0,
                     stop=''):
    """A daemon that stays in the foreground, in place of what bears its name; its process id once it is ready.

    `ready` is [protocol, port]: it is up when it listens there. With `reload` one that runs already with the same
    command is told by SIGHUP to read its files again, at most once in `reload_interval` seconds. `settled` is
    [socket, question, words]: it has read them when its answer there has these words. With `stop` 'kill' it is not
    asked to end.
    """
    daemon = registered(name)
    if daemon and state_of(daemon):
        if reload and [daemon['argv'], daemon['namespace']] == [argv, namespace]:
            yield from until_due(name, reload_interval)
            yield from hang_up(name, daemon, timeout)
            yield from until_settled(name, daemon, settled, timeout)
            return daemon['pid']
        yield from end_all([daemon])
    if ready:
        with Inside(namespace):
            if listens('thread-self', *ready):
                raise Failure(f'{name}: {ready[0]} port {ready[1]} is taken already', argv=argv)
    make_folder(REGISTRY[:-1])
    log = f'/run/netdojo/{name}.log'
    nothing = os.open('/dev/null', os.O_RDONLY | os.O_CLOEXEC)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        logged = os.lseek(out, 0, 2)
        pid = spawn(argv, namespace, nothing, out, out)
    finally:
        os.close(nothing)
        os.close(out)
    daemon = {'pid': pid, 'start': stat_of(pid)[1], 'argv': argv, 'namespace': namespace, 'log': log,
              'logged': logged, 'code': None, 'stop': stop}
    yield from register(name, daemon)
    deadline = time.monotonic() + timeout
    for pause in pauses():
        if not ready or listens(pid, *ready):
            yield from until_settled(name, daemon, settled, timeout)
            return pid
        what = f'{ready[0]} port {ready[1]}'
        if (yield from wait(pid=pid, deadline=pause)) == 'child':
            raise Failure(f'{name} ended before it listened on {what}: exit code {children[pid]}', argv=argv,
                          code=children[pid], stderr=log_tail(daemon))
        if pause > deadline:
            yield from end_all([daemon])
            raise Failure(f'{name} did not listen on {what} within {timeout} s', argv=argv, stderr=log_tail(daemon))


def until_due(name, interval):
    """Until so many seconds have passed since the daemon was last told to read its files again."""
    if not interval:
        return
    now = time.monotonic()
    due = max(now, registered(name).get('told', now - interval) + interval)
    while time.monotonic() < due:
        yield from wait(deadline=due)
    yield from register(name, {**registered(name), 'told': due})


def hang_up(name, daemon, timeout):
    """SIGHUP, and the wait until the daemon has dealt with it: it waits, and no signal is on its way to it."""
    pid = daemon['pid']
    deadline = time.monotonic() + timeout
    looks = 0
    sent = False
    for pause in pauses():
        if not state_of(daemon):
            code = (registered(name) or daemon)['code']
            raise Failure(f'{name} ended when told to read its files again: exit code {code}', argv=daemon['argv'],
                          stderr=log_tail(daemon))
        status = dict(line.split(':\t', 1) for line in proc_lines(f'/proc/{pid}/status') if ':\t' in line)
        if not sent:
            # One that has just been started would be ended by it.
            sent = bool(signals_in(status, 'SigCgt', 'SigBlk', 'SigIgn') & 1 << SIGHUP - 1)
            if sent:
                signal_one(pid, SIGHUP)
        else:
            idle = status.get('State', '').startswith('S')
            looks = looks + 1 if idle and not signals_in(status, 'ShdPnd', 'SigPnd') else 0
            if looks == 2:
                return pid
        if pause > deadline:
            what = 'is busy still' if sent else 'does not listen to SIGHUP'
            raise Failure(f'{name} {what}, {timeout} s after it was to read its files', argv=daemon['argv'],
                          stderr=log_tail(daemon))
        yield from wait(deadline=pause)


def signals_in(status, *sets):
    """Those in any of these sets of /proc/<pid>/status, as bits."""
    found = 0
    for one in sets:
        found |= int(status.get(one, '0'), 16)
    return found


def until_settled(name, daemon, settled, timeout):
    """Asks a daemon until it says that it works by what it was given."""
    if not settled:
        return
    path, question, words = settled
    deadline = time.monotonic() + timeout
    for pause in pauses():
        # A question that gets lost when one process takes over from another is asked again.
        if words in (yield from answer_at(path, question, min(deadline, time.monotonic() + 0.5))):
            return
        if not state_of(daemon):
            raise Failure(f'{name} ended before it said "{words}"', argv=daemon['argv'], stderr=log_tail(daemon))
        if pause > deadline:
            raise Failure(f'{name} did not say "{words}" within {timeout} s', argv=daemon['argv'], stderr=log_tail(daemon))
        yield from wait(deadline=pause)


def answer_at(path, question, deadline):
    """What a daemon says at its socket before it closes the connection; '' when nobody is there."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    said = bytearray()
    try:
        sock.connect(path)
        sock.sendall(question.encode())
        sock.shutdown(socket.SHUT_WR)
        while (yield from wait([sock.fileno()], None, deadline)) is not None:
            part = sock.recv(65536)
            if not part:
                return said.decode('utf-8', 'replace')
            said += part
        return ''
    except (FileNotFoundError, ConnectionError, BlockingIOError):
        return ''
    finally:
        sock.close()


def op_process_stop(names, timeout=5):
    """Ends daemons; those that are not there, or have ended, are as good as ended."""
    daemons = {name: daemon for name in names if (daemon := registered(name))}
    yield from end_all([daemon for daemon in daemons.values() if state_of(daemon)], timeout)
    for name in daemons:
        os.unlink(REGISTRY + name)


def end_all(daemons, timeout=5):
    """All at once: asked at first unless they would tell others, then killed, with all that they have started."""
    for number in (SIGTERM, SIGKILL):
        for daemon in daemons:
            signal_group(daemon, SIGKILL if daemon.get('stop') == 'kill' else number)
            signal_group(daemon, SIGCONT)  # one that was stopped hears of nothing else
        # Who is killed may yet have to wait for its turn on a busy machine.
        patience = timeout if number == SIGTERM else max(timeout, 5)
        deadline = time.monotonic() + patience
        for pause in pauses():
            daemons = [daemon for daemon in daemons if state_of(daemon)]
            if not daemons:
                return
            if pause > deadline:
                break
            yield from wait(deadline=pause)
    raise Failure(f'no end within {patience} s of SIGKILL', argv=daemons[0]['argv'])


def signal_group(daemon, number):
    try:
        os.killpg(daemon['pid'], number)
    except ProcessLookupError:
        return  # it has just ended


def signal_one(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has just ended


def op_processes():
    """What was started here and not stopped; `code` is the exit code of one that ended by itself."""
    yield from ()
    return [
        {'name': name, 'running': bool(state_of(daemon)),
         **{key: daemon[key] for key in ('pid', 'namespace', 'argv', 'log', 'code')}}
        for name, daemon in sorted(all_registered().items())
    ]


# ---------------------------------------------------------------------------------------------- addresses


def op_addresses(namespaces):
    """The IPv4 addresses that are set in these namespaces now, as [[namespace, device, address], …]."""
    yield from ()
    found = []
    for name in namespaces:
        with Inside(name):
            for body in netlink(RTM_GETADDR, NLM_F_DUMP, pack('B7x', socket.AF_INET)):
                device = socket.if_indextoname(unpack_from('I', body, 4)[0])
                at = 8
                while at + 4 <= len(body):
                    length, sort = unpack_from('HH', body, at)
                    if sort == IFA_LOCAL:
                        found.append([name, device, socket.inet_ntoa(body[at + 4:at + length])])
                    at += (length + 3) & ~3
    return found


def op_vrrp_listeners(namespaces):
    """Those of these namespaces in which somebody hears VRRP advertisements now."""
    yield from ()
    ear = '%08X:%04X' % (int.from_bytes(socket.inet_aton('224.0.0.18'), sys.byteorder), 112)
    found = []
    for name in namespaces:
        with Inside(name):
            if any(line.split()[1] == ear for line in proc_lines('/proc/thread-self/net/raw')):
                found.append(name)
    return found


# -------------------------------------------------------------------------------------------------- quiet


def op_quiet(namespaces):
    """What is still going on in these namespaces, as [[namespace, what, which], …]: no packet waits where that is
    empty.

    `neighbour`: an address is being resolved, with packets that wait for it. `receive` and `accept`: a socket holds
    what its owner has not taken yet. `process`: a daemon is at work.
    """
    yield from ()
    found = []
    for name in namespaces:
        with Inside(name):
            found += [[name, 'neighbour', which] for which in unresolved()]
            found += [[name, what, which] for what, which in unread()]
    found += [[daemon['namespace'], 'process', name] for name, daemon in all_registered().items()
              if daemon['namespace'] in namespaces and state_of(daemon) in ('R', 'D')]
    return found


def unresolved():
    for body in netlink(RTM_GETNEIGH, NLM_F_DUMP, bytes(12)):
        index, state = unpack_from('iH', body, 4)
        if not state & NUD_INCOMPLETE:
            continue
        at = 12
        while at + 4 <= len(body):
            length, sort = unpack_from('HH', body, at)
            if sort == NDA_DST:
                yield f'{socket.inet_ntop(body[0], body[at + 4:at + length])} {socket.if_indextoname(index)}'
            at += (length + 3) & ~3


# What a raw socket has held for so long (seconds) nobody will read: dnsmasq has one for ICMPv6 that it only sends by,
# and what comes between its making and its filter stays there.
LEFT = 1
FORGOTTEN = 60
held_since = {}  # inode of a raw socket -> how much it holds, since when, and when it was last seen


def unread():
    """Sockets that hold what nobody has taken; of a TCP socket that listens, connections."""
    for version, family in (('', socket.AF_INET), ('6', socket.AF_INET6)):
        held = list(sockets_of(('udp',), version)) + list(raw_sockets(version))
        if has_tcp(version):
            held += tcp_sockets(family, version)
        for protocol, listening, port, waiting in held:
            if waiting:
                yield 'accept' if listening else 'receive', f'{protocol}{version} {port}'


def sockets_of(protocols, version):
    for protocol in protocols:
        for fields in map(str.split, proc_lines(f'/proc/thread-self/net/{protocol}{version}')):
            port = int(fields[1].rpartition(':')[2], 16)
            yield protocol, protocol == 'tcp' and fields[3] == '0A', port, int(fields[4].rpartition(':')[2], 16)


def raw_sockets(version):
    now = time.monotonic()
    # Of a socket that is closed nobody says so; its number may come again.
    for inode in [one for one, (_, _, seen) in held_since.items() if now - seen > FORGOTTEN]:
        del held_since[inode]
    for fields in map(str.split, proc_lines(f'/proc/thread-self/net/raw{version}')):
        protocol, waiting, inode = (int(fields[1].rpartition(':')[2], 16), int(fields[4].rpartition(':')[2], 16), fields[9])
        if not waiting:
            held_since.pop(inode, None)
            continue
        amount, since, _ = held_since.get(inode, (0, now, now))
        held_since[inode] = (waiting, since if amount == waiting else now, now)
        if amount != waiting or now - since < LEFT:
            yield 'raw', False, protocol, waiting


def has_tcp(version):
    """To look for sockets of TCP is to go through those of all namespaces; their number by namespace is known."""
    heading = f'TCP{version}:'
    lines = proc_lines(f'/proc/thread-self/net/sockstat{version}', 0)
    return any(fields[0] == heading and fields[2] != '0' for fields in map(str.split, lines))


def tcp_sockets(family, version):
    """By sock_diag(7), some ten times as fast as /proc/net/tcp, where the kernel has it."""
    request = pack('BBxxI', family, socket.IPPROTO_TCP, 0xFFF) + bytes(48)
    try:
        bodies = netlink(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request, NETLINK_SOCK_DIAG)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT):
            raise
        return list(sockets_of(('tcp',), version))
    return [('tcp', body[1] == TCP_LISTEN, unpack_from('>H', body, 4)[0], unpack_from('I', body, 56)[0])
            for body in bodies]


def op_switch_losses():
    """How many frames the switch has lost, since it began, because it had no turn to take them.

    In user space it has a socket for each device that takes whatever comes (netdev-linux.c); when that is full the kernel
    drops and counts (sock_diag(7)). 0 where the kernel does not tell.
    """
    yield from ()
    own = {os.fstat(entry['socket'].fileno()).st_ino
           for entries in captures.values() for entry in entries if entry['socket']}
    try:
        bodies = netlink(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, pack('BBxxIIII', socket.AF_PACKET, 0, 0, PACKET_SHOW_MEMINFO, 0, 0),
                         NETLINK_SOCK_DIAG)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT, errno.EINVAL):
            raise
        return 0
    lost = 0
    for body in bodies:
        protocol, inode = unpack_from('=HI', body, 2)
        if protocol != ETH_P_ALL or inode in own:
            continue
        at = 16
        while at + 4 <= len(body):
            length, sort = unpack_from('HH', body, at)
            if sort == PACKET_DIAG_MEMINFO and length >= 4 + 4 * (SK_MEMINFO_DROPS + 1):
                lost += unpack_from('I', body, at + 4 + 4 * SK_MEMINFO_DROPS)[0]
            at += (length + 3) & ~3
    return lost
