import type { Topology } from '../../../topology/topology.ts';
import type { ActiveSign } from '../../target.ts';
import { routerDevice, routerNamespace } from '../names.ts';
import { primaryVip } from './keepalived.ts';

/** As neutron-keepalived-state-change tells: whoever has the address that VRRP announces is active. */
export const activeSigns = ({ routers, ports }: Topology): ActiveSign[] =>
  Object.values(routers).flatMap(({ id, name: router, vrrp, admin_state_up }) => {
    if (vrrp === undefined || !admin_state_up) return [];
    const [ip_address = ''] = primaryVip(vrrp.ha_vr_id).split('/');
    return vrrp.ports.flatMap(({ host: node, port }): ActiveSign[] => {
      const device = routerDevice('ha-', ports[port]?.id ?? '');
      return [{ router, node, namespace: routerNamespace(id), device, ip_address }];
    });
  });
