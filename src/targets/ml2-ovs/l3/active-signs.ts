import type { Topology } from '../../../topology/topology.ts';
import type { ActiveSign } from '../../target.ts';
import { routerDevice, routerNamespace, snatNamespace } from '../names.ts';
import { primaryVip } from './keepalived.ts';

/** As neutron-keepalived-state-change tells: whoever has the address that VRRP announces is active. */
export const activeSigns = ({ routers, ports }: Topology): ActiveSign[] =>
  Object.values(routers).flatMap((one) => {
    const { id, name: router, vrrp, admin_state_up, distributed, external_gateway_info } = one;
    if (vrrp === undefined || !admin_state_up || (distributed && !external_gateway_info)) return [];
    const namespace = distributed ? snatNamespace(id) : routerNamespace(id);
    const [ip_address = ''] = primaryVip(vrrp.ha_vr_id).split('/');
    return vrrp.ports.flatMap(({ host: node, port }): ActiveSign[] => {
      const device = routerDevice('ha-', ports[port]?.id ?? '');
      return [{ router, node, namespace, device, ip_address }];
    });
  });
