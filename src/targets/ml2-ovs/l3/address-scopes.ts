import type { ServicePort } from '../bindings.ts';
import type { RouterParts } from './router.ts';

/** The mark of the scope of all that has none of its own: 1024 << 16 (ADDRESS_SCOPE_MARK_ID_MIN of router_info.py). */
const NO_SCOPE = '0x4000000/0xffff0000';
const SCOPE_BITS = '0xffff0000';
/** EXTERNAL_INGRESS_MARK of neutron/agent/l3_agent's configuration: what has come in from outside. */
const FROM_OUTSIDE = '0x2/0xffff';

/**
 * Marks by which a router keeps address scopes apart (process_address_scope of router_info.py). With none declared all
 * networks are in one, so nothing is ever dropped by them; the marks show in connection tables all the same. `rfp` is
 * the way out of a distributed router on a host: nothing is translated to its own address there, so that nothing is
 * kept of what leaves (_handle_router_snat_rules of dvr_local_router.py).
 */
export const addressScopes = (
  { router, chains, inside, outside, owner }: RouterParts,
  rfp?: string,
): void => {
  const scoped = { ...owner, purpose: `router ${router.name}: one address scope` };
  const snat = router.external_gateway_info?.enable_snat ?? false;
  for (const chain of ['scope', 'floatingip', 'float-snat']) chains.chain('mangle', chain);
  chains.add('mangle', 'PREROUTING', `-j ${chains.named('scope')}`);
  chains.add(
    'mangle',
    'PREROUTING',
    `-m connmark ! --mark 0x0/${SCOPE_BITS} -j CONNMARK --restore-mark --nfmask ${SCOPE_BITS} --ctmask ${SCOPE_BITS}`,
    scoped,
  );
  chains.add('mangle', 'PREROUTING', `-j ${chains.named('floatingip')}`);
  const save = `-m connmark --mark 0x0/${SCOPE_BITS} -j CONNMARK --save-mark --nfmask ${SCOPE_BITS} --ctmask ${SCOPE_BITS}`;
  chains.add('mangle', 'float-snat', save, scoped);
  const within = [...inside.filter(hasIpv4).map(({ tap }) => tap), ...(rfp === undefined ? [] : [rfp])];
  const without = outside !== undefined && hasIpv4(outside) ? [outside.tap] : [];
  for (const tap of without) {
    const came = { ...owner, purpose: `router ${router.name}: what came in from outside` };
    chains.add('mangle', 'mark', `-i ${tap} -j MARK --set-xmark ${FROM_OUTSIDE}`, came);
  }
  if (snat && outside !== undefined) chains.add('mangle', 'POSTROUTING', `-o ${outside.tap} ${save}`, scoped);
  for (const tap of [...within, ...without])
    chains.add('mangle', 'scope', `-i ${tap} -j MARK --set-xmark ${NO_SCOPE}`, scoped);

  chains.chain('filter', 'scope');
  chains.add('filter', 'FORWARD', `-j ${chains.named('scope')}`);
  for (const tap of [...within, ...(snat ? [] : without)])
    chains.add('filter', 'scope', `-o ${tap} -m mark ! --mark ${NO_SCOPE} -j DROP`, scoped);
};

const hasIpv4 = ({ port }: ServicePort): boolean =>
  port.fixed_ips.some(({ ip_address }) => !ip_address.includes(':'));
