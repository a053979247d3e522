"""busybox's udhcpc on the NICs of guests. What it is told is kept in files: agents come and go, it stays."""

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


def dhcp_client(namespace, folder, script, argv, events, timeout):
    """Starts a client and waits for one of these events; what it told, or what it said in vain. Then it is ended."""
    yield from op_remove(folder + '/told')
    yield from op_write(folder + '/script', script, 0o755)
    try:
        os.mkfifo(folder + '/poke', 0o600)
    except FileExistsError:
        pass  # of an earlier client
    log = os.open(folder + '/log', os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        pid = spawn(argv, namespace, log, log, log)
    finally:
        os.close(log)
    yield from op_write(folder + '/pid', str(pid))
    told = yield from dhcp_events(folder, pid, events, time.monotonic() + timeout)
    if told:
        return told
    if children.get(pid) is None:
        signal_one(pid, 9)
    return {'event': '', 'log': contents(os.open(folder + '/log', os.O_RDONLY | os.O_CLOEXEC))}


def op_dhcp(namespace, device, tries=3, pause=1, request='', options=()):
    """busybox's udhcpc on a guest's NIC. It stays, as a client does, and renews in its own time."""
    folder = dhcp_folder(namespace, device)
    yield from op_dhcp_end(namespace, device)
    argv = ['busybox', 'udhcpc', '-f', '-n', '-i', device, '-s', folder + '/script', '-t', str(tries), '-T', str(pause),
            *(['-r', request] if request else []), *(word for name in options for word in ('-O', name))]
    return (yield from dhcp_client(namespace, folder, SCRIPT, argv, ('bound',), tries * pause + 10))


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
    signal_one(pid, 9)
    return True
