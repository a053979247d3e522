/**
 * Kernel settings of a namespace. A new namespace takes over many of the machine's own (a machine that runs containers
 * forwards, distributions differ in rp_filter), so what matters is set on both sides. `default` counts for devices that
 * come later, `all` for those that are there.
 */
export const sysctlsOf = ({
  forward,
  ipv6,
  devices = [],
}: {
  readonly forward: boolean;
  readonly ipv6: boolean;
  /** Those that are there before the settings: what is in `default` then is not theirs. */
  readonly devices?: readonly string[];
}): Record<string, string> => ({
  // First: the kernel resets other settings when this one changes.
  'net/ipv4/ip_forward': forward ? '1' : '0',
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
  ...(ipv6
    ? {
        // Addresses are static and known to be unique: usable at once, with no probe on the wire. Before IPv6 begins: a
        // link-local address that is probed may not ask for neighbours for a second or two.
        'net/ipv6/conf/all/accept_dad': '0',
        'net/ipv6/conf/default/accept_dad': '0',
        ...Object.fromEntries(
          devices.flatMap((device) =>
            ['accept_dad', 'accept_ra', 'router_solicitations'].map((name) => [
              `net/ipv6/conf/${device}/${name}`,
              '0',
            ]),
          ),
        ),
        ...reportsAtOnce(['all', 'default', ...devices]),
        'net/ipv6/conf/all/disable_ipv6': '0',
        'net/ipv6/conf/default/disable_ipv6': '0',
        'net/ipv6/conf/default/accept_ra': '0',
        'net/ipv6/conf/default/router_solicitations': '0',
        ...(forward ? { 'net/ipv6/conf/all/forwarding': '1' } : {}),
      }
    : {
        // An interface with IPv6 says so: solicitations and listener reports that no story has asked for.
        'net/ipv6/conf/all/disable_ipv6': '1',
        'net/ipv6/conf/default/disable_ipv6': '1',
      }),
});

/**
 * For devices of the agents, which come to a namespace before its settings: what is in `default` then is not theirs.
 * They know their addresses and ways, and take none from router advertisements.
 */
export const ipv6Sysctls = (devices: readonly { readonly tap: string }[]): Record<string, string> =>
  Object.fromEntries(
    devices.flatMap(({ tap }) => [
      ...['accept_dad', 'accept_ra'].map((name) => [`net/ipv6/conf/${tap}/${name}`, '0']),
      ...Object.entries(reportsAtOnce([tap])),
    ]),
  );

/**
 * Kernels say twice which groups they listen to, the second time within a second (RFC 3810, 9.11), from whatever
 * address and device: switches would learn late where a router was. Here it is within some milliseconds.
 */
function reportsAtOnce(devices: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    devices.map((device) => [`net/ipv6/conf/${device}/mldv2_unsolicited_report_interval`, '10']),
  );
}
