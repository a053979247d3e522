/**
 * IPv6 of a router with ha. Without link-local addresses a standby has nothing to say; they too are keepalived's, so that
 * hosts that take over from each other are one router to servers (HaRouterNamespace and
 * _disable_ipv6_addressing_on_interface of ha_router.py). What the L3 agent does when it hears of a change of state is
 * done by a script here: it forwards, and advertises the router, where the router is active (_configure_ipv6_params and
 * _update_radvd_daemon of neutron/agent/l3/ha.py).
 */
import type { AddressState } from '../../../state/types.ts';
import { linkLocalAddress } from '../../../topology/ipv6.ts';
import type { ServicePort } from '../bindings.ts';
import { monitorAddress } from './monitor-address.ts';

/** Instead of what other routers have: only who is active forwards, and the kernel makes no addresses. */
export const HA_IPV6_SYSCTLS = {
  'net/ipv6/conf/all/forwarding': '0',
  'net/ipv6/conf/all/addr_gen_mode': '1',
} as const;

export const linkLocalAddresses = (devices: readonly ServicePort[]): AddressState[] =>
  devices.map(({ tap: device, port }) => ({ device, cidr: `${linkLocalAddress(port.mac_address)}/64` }));

export interface Ipv6StateChange {
  /** The ha- device, and the address on it that says that the router is active here. */
  readonly device: string;
  readonly vip: string;
  /** radvd.conf, which need not be there; of a distributed router, whose hosts advertise it themselves, none. */
  readonly conf?: string;
  readonly pid?: string;
}

/**
 * The same whatever the router's devices are, so that a new one is a reason to read radvd.conf again and not to start
 * anew. radvd needs the link-local addresses, which keepalived sets a moment after its own. It ends without a last word,
 * by SIGKILL as with the agent: servers would take that for the router's, which is now elsewhere. Its only argument is
 * the qg- device, where advertisements from outside tell the way. When radvd or the monitor dies, the script ends as well, and is missed.
 */
export const ipv6StateChangeScript = ({
  device,
  vip,
  conf = '',
  pid = '',
}: Ipv6StateChange): string => `#!/bin/bash
told=$1
heed() { [ -z "$told" ] || echo $1 > "/proc/sys/net/ipv6/conf/$told/accept_ra"; }
active() { [ -n "$(ip -o -4 address show dev ${device} to ${vip.replace(/\/.*/u, '')})" ]; }
serve() {
    trap '[ -z "$one" ] || kill -9 $one; exit' TERM
    trap 'kill -HUP $one' HUP
    radvd -n -C ${conf} -p ${pid} -m stderr &
    one=$!
    while kill -0 $one 2>/dev/null; do wait $one; done
    kill $monitor
}
silence() { [ -z "$radvd" ] || kill "$radvd"; radvd=; }
advertise() {
    [ -e "${conf}" ] || { silence; return; }
    for one in $(sed -n 's/^interface //p' ${conf}); do
        while active && [ -z "$(ip -o -6 address show dev "$one" scope link)" ]; do sleep 0.02; done
    done
    if [ -n "$radvd" ]; then kill -HUP "$radvd"; return; fi
    serve &
    radvd=$!
}
begin() { echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; heed 2; [ -n "$radvd" ] || advertise; }
end() { silence; heed 0; for one in /proc/sys/net/ipv6/conf/qg-*; do [ ! -e "$one" ] || echo 0 > "$one/forwarding"; done; }
trap '! active || advertise' HUP
${monitorAddress(device)}
! active || begin
while read -r line; do
    case "$line" in
        Deleted*" ${vip} "*) end ;;
        *" ${vip} "*) begin ;;
    esac
done
exit 1
`;
