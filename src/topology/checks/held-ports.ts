/** Ports that are held by name: by servers, routers and trunks, each by no more than one of them. */

import { portNameOf } from '../declared/ports.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import { resolveName } from '../names.ts';

export function checkHeldPorts(document: CloudDocument, report: Report): void {
  const holders = new Map<string, string>();
  const hold = (port: string, holder: string, path: Path, one: string, all: string) => {
    if (resolveName(document.ports, port, 'port', path, holder, report) === undefined) return;
    const first = holders.get(port);
    holders.set(port, first ?? holder);
    if (first === undefined) return;
    report(path, 'value', {
      code: 'ND_PORT_IN_USE',
      message: `port "${port}" of ${holder} is already ${first === holder ? one : `that of ${first}`}`,
      expected: `a port for each ${all}`,
    });
  };
  for (const [server, { networks }] of Object.entries(document.servers)) {
    for (const [nic, declared] of networks.entries()) {
      if (typeof declared !== 'object' || !('port' in declared)) continue;
      const path = ['servers', server, 'networks', nic, 'port'];
      hold(declared.port, `server "${server}"`, path, 'one of its NICs', 'NIC');
    }
  }
  for (const [router, { interfaces }] of Object.entries(document.routers)) {
    for (const [index, declared] of interfaces.entries()) {
      if (typeof declared !== 'object' || !('port' in declared)) continue;
      const path = ['routers', router, 'interfaces', index, 'port'];
      hold(declared.port, `router "${router}"`, path, 'one of its interfaces', 'interface');
    }
  }
  for (const [trunk, { sub_ports }] of Object.entries(document.trunks)) {
    for (const [index, { port }] of sub_ports.entries()) {
      const path = ['trunks', trunk, 'sub_ports', index, 'port'];
      hold(port, `trunk "${trunk}"`, path, 'one of its subports', 'subport');
    }
  }
  checkParents(document, holders, report);
}

/** The parent of a trunk: a port of this document or one made for a server, of one trunk, and nobody's but a server's. */
function checkParents(document: CloudDocument, holders: ReadonlyMap<string, string>, report: Report): void {
  const made = Object.entries(document.servers).flatMap(([server, { networks }]) =>
    networks.flatMap((declared, nic) =>
      typeof declared === 'object' && 'port' in declared ? [] : [portNameOf(server, nic)],
    ),
  );
  const ports: Record<string, unknown> = {
    ...Object.fromEntries(made.map((name) => [name, {}])),
    ...document.ports,
  };
  const parents = new Map<string, string>();
  for (const [trunk, { port, sub_ports }] of Object.entries(document.trunks)) {
    const path = ['trunks', trunk, 'port'];
    if (resolveName(ports, port, 'port', path, `trunk "${trunk}"`, report) === undefined) continue;
    const holder = holders.get(port);
    const first = parents.get(port);
    parents.set(port, first ?? trunk);
    const other =
      first === undefined
        ? holder?.startsWith('server') === false
          ? `that of ${holder}`
          : undefined
        : `the parent of trunk "${first}"`;
    if (other !== undefined) {
      report(path, 'value', {
        code: 'ND_PORT_IN_USE',
        message: `port "${port}", the parent of trunk "${trunk}", is already ${other}`,
        expected: 'a port for each trunk, of a server or of nobody',
      });
    }
    checkSegmentation(trunk, sub_ports, report);
  }
}

function checkSegmentation(
  trunk: string,
  subPorts: CloudDocument['trunks'][string]['sub_ports'],
  report: Report,
): void {
  const seen = new Map<number, string>();
  for (const [index, { port, segmentation_id }] of subPorts.entries()) {
    const first = seen.get(segmentation_id);
    seen.set(segmentation_id, first ?? port);
    if (first === undefined) continue;
    report(['trunks', trunk, 'sub_ports', index, 'segmentation_id'], 'value', {
      code: 'ND_SEGMENTATION_TWICE',
      message: `VLAN id ${segmentation_id} of subport "${port}" of trunk "${trunk}" is already that of subport "${first}"`,
      expected: 'a VLAN id of its own for each subport',
    });
  }
}
