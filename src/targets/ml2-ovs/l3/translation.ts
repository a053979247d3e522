import type { Owner } from '../../../state/types.ts';
import type { FloatingIp } from '../../../topology/topology.ts';
import type { RouterParts } from './router.ts';

/**
 * Network address translation, in the order in which the agent keeps it (perform_snat_action, get_snat_rules and
 * process_floating_ip_nat_rules of router_info.py; extensions/port_forwarding.py).
 */
export const translation = (parts: RouterParts): void => {
  outward(parts);
  for (const one of parts.floating) if (one.fixed_ip_address !== undefined) floatingIp(parts, one);
  forwarded(parts);
};

/** What leaves without a floating IP bears the gateway's address. */
function outward({ router, chains, outside, owner }: RouterParts): void {
  const address = outside?.port.fixed_ips.find(({ ip_address }) => !ip_address.includes(':'))?.ip_address;
  if (outside === undefined || address === undefined) return;
  const { tap } = outside;
  const within = {
    ...owner,
    purpose: `router ${router.name}: between its own networks nothing is translated`,
  };
  chains.add('nat', 'POSTROUTING', `! -o ${tap} -m conntrack ! --ctstate DNAT -j ACCEPT`, within);
  const source = `SNAT --to-source ${address} --random-fully`;
  if (router.external_gateway_info?.enable_snat) {
    const purpose = `router ${router.name}: what leaves bears ${address}`;
    chains.add('nat', 'snat', `-o ${tap} -j ${source}`, { ...owner, purpose });
  }
  // Else the answer would go straight to the asker, from an address that it has not asked.
  const purpose = `router ${router.name}: from inside to a floating IP, by way of the router both times`;
  chains.add('nat', 'snat', `-m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j ${source}`, {
    ...owner,
    purpose,
  });
}

const ownerOf = ({ name, floating_ip_address }: FloatingIp, what: string): Owner => ({
  kind: 'floatingip',
  name,
  purpose: `floating IP ${floating_ip_address}: ${what}`,
});

function floatingIp({ chains }: RouterParts, one: FloatingIp): void {
  const { floating_ip_address: floating, fixed_ip_address: fixed } = one;
  const inward = ownerOf(one, `to ${fixed}`);
  const translated = `-d ${floating}/32 -j DNAT --to-destination ${fixed}`;
  chains.add('nat', 'OUTPUT', translated, inward);
  chains.add('nat', 'PREROUTING', translated, inward);
  const source = `-s ${fixed}/32 -j SNAT --to-source ${floating} --random-fully`;
  chains.add('nat', 'float-snat', source, ownerOf(one, `from ${fixed}`));
}

function forwarded({ chains, floating }: RouterParts): void {
  const forwarding = floating.flatMap((one) => one.port_forwardings.map((each) => ({ one, each })));
  if (forwarding.length === 0) return;
  chains.chain('nat', 'fip-pf');
  chains.add('nat', 'PREROUTING', `-j ${chains.named('fip-pf')}`);
  for (const { one, each } of forwarding) {
    const { id, protocol, external_port, internal_ip_address, internal_port } = each;
    const chain = `pf-${id.slice(0, 8)}`;
    const to = `${internal_ip_address}:${internal_port}`;
    const owner = ownerOf(one, `${protocol} ${external_port} to ${to}`);
    chains.chain('nat', chain);
    chains.add('nat', 'fip-pf', `-j ${chains.named(chain)}`, owner);
    chains.add(
      'nat',
      chain,
      `-d ${one.floating_ip_address}/32 -p ${protocol} -m ${protocol} --dport ${external_port} -j DNAT --to-destination ${to}`,
      owner,
    );
  }
}
