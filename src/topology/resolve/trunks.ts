/** Trunks with their subports. */

import type { Trunk } from '../topology.ts';
import { mapRecord, optional, type Resolving } from './resolving.ts';

export function resolveTrunks({ document, networks, ports, idOf, report }: Resolving): Record<string, Trunk> {
  const mtuOf = (port: string) => networks[ports[port]?.network ?? '']?.mtu ?? 0;
  return mapRecord(document.trunks, (name, { id, project, admin_state_up, port, sub_ports }): Trunk => {
    for (const [index, subPort] of sub_ports.entries()) {
      // Neutron's check_subports: SubPortMtuGreaterThanTrunkPortMtu.
      if (mtuOf(subPort.port) <= mtuOf(port)) continue;
      report(['trunks', name, 'sub_ports', index, 'port'], 'value', {
        code: 'ND_MTU_TOO_LARGE',
        message: `the MTU ${mtuOf(subPort.port)} of subport "${subPort.port}" is more than that of the parent of trunk "${name}"`,
        expected: `at most ${mtuOf(port)}, the MTU of port "${port}"`,
      });
    }
    return {
      id: idOf('trunk', name, id),
      name,
      ...optional('project', project),
      admin_state_up,
      port,
      sub_ports,
    };
  });
}
