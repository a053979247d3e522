/** Connections that the L3 agent ends. Moving a floating IP in one step ends none, in Neutron as here. */
import type { FloatingIp, PortForwarding, Topology } from '../../../topology/topology.ts';
import type { Effect } from '../../target.ts';
import { routerNamespace } from '../names.ts';

/** conntrack(8) answers 1 when there was nothing to delete. */
const CODES = [0, 1];

export const routerEffects = (before: Topology, after: Topology): Effect[] =>
  Object.values(before.floatingips).flatMap((one) => {
    const now = after.floatingips[one.name];
    const router = one.router === undefined ? undefined : before.routers[one.router];
    const stays = router === undefined ? undefined : after.routers[router.name];
    const host = router?.hosts[0];
    // With its router gone or down, its namespace and all connections are gone as well.
    if (router === undefined || host === undefined || !router.admin_state_up || !stays?.admin_state_up)
      return [];
    const place = { node: host, namespace: routerNamespace(router.id), kind: 'run', codes: CODES } as const;
    const same = now?.floating_ip_address === one.floating_ip_address && now.router === one.router;
    const let_go = one.fixed_ip_address !== undefined && (!same || now.fixed_ip_address === undefined);
    if (let_go) {
      const because = `floating IP ${one.floating_ip_address} stands for nothing any more`;
      // process_floating_ip_addresses of router_info.py, delete_floatingip_conntrack of ip_conntrack.py.
      return ['-d', '-q'].map((side) => ({
        ...place,
        argv: ['conntrack', '-D', side, one.floating_ip_address],
        because,
      }));
    }
    return ended(one, same ? now : undefined).map(({ protocol, external_port }) => ({
      ...place,
      argv: [
        ...['conntrack', '-D', '-d', one.floating_ip_address],
        ...['-p', protocol, '--dport', String(external_port)],
      ],
      because: `${protocol} ${external_port} of floating IP ${one.floating_ip_address} is no longer forwarded`,
    }));
  });

/** Forwardings that are no more, or go elsewhere. */
const ended = (before: FloatingIp, after: FloatingIp | undefined): PortForwarding[] =>
  before.port_forwardings.filter(
    (one) =>
      !after?.port_forwardings.some(
        (other) =>
          other.protocol === one.protocol &&
          other.external_port === one.external_port &&
          other.internal_ip_address === one.internal_ip_address &&
          other.internal_port === one.internal_port,
      ),
  );
