"""How guests get IPv6 addresses: the kernel's own autoconfiguration, and ISC's dhclient."""

# Called by dhclient with the reason and what it was told as variables. The last lines tell whoever waits.
SCRIPT6 = '''#!/bin/sh
folder=${0%/*}
case $reason in
BOUND6 | RENEW6 | REBIND6)
  [ -z "$new_ip6_address" ] || ip -6 addr replace "$new_ip6_address/${new_ip6_prefixlen:-128}" dev "$interface" \\
    valid_lft "${new_max_life:-forever}" preferred_lft "${new_preferred_life:-forever}" ;;
EXPIRE6 | RELEASE6 | STOP6)
  [ -z "$old_ip6_address" ] || ip -6 addr del "$old_ip6_address/${old_ip6_prefixlen:-128}" dev "$interface" ;;
esac
[ "$reason" = PREINIT6 ] && exit 0
{ printf 'event=%s\\0' "$reason"; env -0; } > "$folder/told.new"
mv "$folder/told.new" "$folder/told"
printf . 1<> "$folder/poke"
'''

# What a client asks for besides its address.
CONF6 = 'also request dhcp6.name-servers, dhcp6.domain-search;\n'


def dhcp6_folder(namespace, device):
    return f'/run/netdojo/dhcp6/{namespace}/{device}'


def op_dhcp6(namespace, device, stateless=False, timeout=12.0):
    """dhclient -6 on a guest's NIC; known to the server by its MAC address (DUID-LL). It stays, as a client does.

    One that asks for no address ends when it has its answer, which it calls a renewal.
    """
    folder = dhcp6_folder(namespace, device)
    yield from op_dhcp6_end(namespace, device)
    yield from op_write(folder + '/conf', CONF6)
    yield from op_write(folder + '/leases', '')
    argv = ['dhclient', '-6', '-d', '-v', '-D', 'LL', *(['-S'] if stateless else []), '-sf', folder + '/script',
            '-cf', folder + '/conf', '-lf', folder + '/leases', '-pf', folder + '/pid.dhclient', device]
    return (yield from dhcp_client(namespace, folder, SCRIPT6, argv, ('BOUND6', 'RENEW6'), timeout))


def op_dhcp6_end(namespace, device):
    """Ends the client without a word to the server. Whether there was one."""
    yield from ()
    pid = dhcp_process(dhcp6_folder(namespace, device))
    if pid is None:
        return False
    signal_one(pid, 9)
    return True


# As a freshly booted guest's kernel has them, but that it neither waits nor asks whether an address is its own.
AUTOCONF = (('accept_ra', '1'), ('autoconf', '1'), ('accept_ra_pinfo', '1'), ('accept_ra_defrtr', '1'), ('accept_ra_mtu', '1'),
            ('use_tempaddr', '0'), ('addr_gen_mode', '0'), ('router_solicitation_delay', '0'), ('router_solicitations', '3'))


def op_autoconfigure(namespace, device, routers=True, addresses=(), detect=False, timeout=10.0):
    """IPv6 anew on a NIC, by the kernel alone (RFC 4862): until it has heard a router and has the addresses, or the time is over."""
    detection = str(int(detect))
    values = [*AUTOCONF, ('accept_dad', detection), ('disable_ipv6', '1'), ('disable_ipv6', '0')]
    settings = [(f'net/ipv6/conf/{device}/{name}', value) for name, value in values]
    # What a second's silence tells a quarter of one does here (RetransTimer, RFC 4862, 5.1).
    patience = f'net/ipv6/neigh/{device}/retrans_time_ms'
    # The greater of two: `all` counts as well.
    settings = [(patience, '250' if detect else '1000'), ('net/ipv6/conf/all/accept_dad', detection), *settings]
    yield from op_namespace(namespace, sysctls=settings)
    deadline = time.monotonic() + timeout
    while True:
        state = yield from op_ipv6_state(namespace, device)
        usable = not any(one.get('tentative') for one in state['addresses'])
        missing = set(addresses) - {one['local'] for one in state['addresses']}
        if (usable and (state['routers'] or not routers) and not missing) or time.monotonic() > deadline:
            yield from op_namespace(namespace, sysctls=[(patience, '1000')])
            return state
        yield from wait(deadline=time.monotonic() + 0.02)


def op_ipv6_state(namespace, device):
    """The addresses, routers and MTU that a NIC has, as the kernel tells them."""
    # Routes first: an advertisement may come between, and brings the route before the address.
    routes = yield from op_run(['ip', '-j', '-6', 'route', 'show', 'dev', device], namespace)
    links = yield from op_run(['ip', '-j', '-6', 'addr', 'show', 'dev', device], namespace)
    with Inside(namespace):
        mtu = int(contents(os.open(f'/proc/sys/net/ipv6/conf/{device}/mtu', os.O_RDONLY | os.O_CLOEXEC)))
    told = from_json(routes['stdout'].encode())
    return {'mtu': mtu, 'addresses': [one for link in from_json(links['stdout'].encode()) for one in link.get('addr_info', ())],
            'routers': [one['gateway'] for one in told if one['dst'] == 'default' and one.get('protocol') == 'ra'],
            'prefixes': [one['dst'] for one in told if '/' in one['dst'] and 'gateway' not in one]}
