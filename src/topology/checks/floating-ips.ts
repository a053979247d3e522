/** Floating IPs of a cloud document: their names. Addresses and routers are looked at in resolve-floating-ips.ts. */

import type { DeclaredPort } from '../declared/ports.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import { isTrusted } from '../resolve/security-groups.ts';
import type { CloudDocument } from '../schema/index.ts';
import { checkExternal } from './routers.ts';
import { named, resolveName } from '../names.ts';

type Declared = CloudDocument['floatingips'][string];
type Forwarding = Declared['port_forwardings'][number];

export function checkFloatingIps(
  document: CloudDocument,
  ports: readonly DeclaredPort[],
  report: Report,
): void {
  const names = Object.fromEntries(ports.map((port) => [port.name, port]));
  for (const [name, floatingIp] of Object.entries(document.floatingips)) {
    const subject = `floating IP "${name}"`;
    const path = ['floatingips', name];
    checkNetwork(document, floatingIp, subject, path, report);
    checkTarget(floatingIp, subject, path, report);
    checkNames(document, names, floatingIp.port, floatingIp.server, { subject, path, key: 'port' }, report);
    checkForwardings(document, names, name, floatingIp.port_forwardings, report);
  }
}

function checkNetwork(
  document: CloudDocument,
  { floating_network, floating_ip_address }: Declared,
  subject: string,
  path: Path,
  report: Report,
): void {
  const at = [...path, 'floating_network'];
  if (!checkExternal(document, floating_network, at, subject, report)) return;
  if (floating_ip_address?.includes(':')) {
    report([...path, 'floating_ip_address'], 'value', {
      code: 'ND_FLOATING_IP_ADDRESS',
      message: `${subject} is ${floating_ip_address}, which is no IPv4 address`,
      expected: 'an IPv4 address: IPv6 needs no floating IPs',
    });
  }
  const subnets = Object.values(document.subnets).filter(({ network }) => network === floating_network);
  if (subnets.some(({ cidr }) => !cidr.includes(':'))) return;
  report(at, 'value', {
    code: 'ND_FLOATING_IP_SUBNET',
    message: `${subject} is on network "${floating_network}", which has no IPv4 subnet`,
    expected: 'an external network with an IPv4 subnet',
  });
}

function checkTarget(
  { port, server, fixed_ip_address, port_forwardings }: Declared,
  subject: string,
  path: Path,
  report: Report,
): void {
  const none = port === undefined && server === undefined;
  if (port !== undefined && server !== undefined) {
    report([...path, 'server'], 'key', {
      code: 'ND_FLOATING_IP_TARGET',
      message: `${subject} has both port and server`,
      expected: 'one of them, or neither',
    });
  }
  if (none && fixed_ip_address !== undefined) {
    report([...path, 'fixed_ip_address'], 'key', {
      code: 'ND_FLOATING_IP_TARGET',
      message: `${subject} has a fixed_ip_address and neither port nor server`,
      expected: 'a port or server with that address',
    });
  }
  if (!none && port_forwardings.length > 0) {
    report([...path, 'port_forwardings'], 'key', {
      code: 'ND_FLOATING_IP_TARGET',
      message: `${subject} stands for ${port === undefined ? 'a server' : 'a port'} and has port_forwardings`,
      expected: 'port_forwardings only without port and server',
    });
  }
}

function checkNames(
  document: CloudDocument,
  ports: Readonly<Record<string, DeclaredPort>>,
  port: string | undefined,
  server: string | undefined,
  { subject, path, key }: { readonly subject: string; readonly path: Path; readonly key: string },
  report: Report,
): void {
  if (port !== undefined) checkPort(ports, port, { subject, path: [...path, key] }, report);
  if (server !== undefined)
    resolveName(document.servers, server, 'server', [...path, 'server'], subject, report);
}

/** Routers, DHCP and floating IPs have no floating IPs. */
function checkPort(
  ports: Readonly<Record<string, DeclaredPort>>,
  name: string,
  { subject, path }: { readonly subject: string; readonly path: Path },
  report: Report,
): void {
  const port = named(ports, name);
  if (port !== undefined && !isTrusted(port)) return;
  const possible = Object.fromEntries(Object.entries(ports).filter(([, each]) => !isTrusted(each)));
  if (port === undefined) {
    resolveName(possible, name, 'port', path, subject, report);
    return;
  }
  report(path, 'value', {
    code: 'ND_FLOATING_IP_TARGET',
    message: `${subject} leads to port "${name}", which is that of ${port.subject}`,
    expected: oneOf(Object.keys(possible)),
  });
}

function checkForwardings(
  document: CloudDocument,
  ports: Readonly<Record<string, DeclaredPort>>,
  name: string,
  forwardings: readonly Forwarding[],
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [index, { protocol, external_port, internal_port_name, server }] of forwardings.entries()) {
    const path = ['floatingips', name, 'port_forwardings', index];
    const subject = `a port forwarding of floating IP "${name}"`;
    if ((internal_port_name === undefined) === (server === undefined)) {
      report(path, 'key', {
        code: 'ND_FLOATING_IP_TARGET',
        message: `${subject} has ${server === undefined ? 'neither internal_port_name nor server' : 'both internal_port_name and server'}`,
        expected: 'one of them',
      });
    }
    const key = 'internal_port_name';
    checkNames(document, ports, internal_port_name, server, { subject, path, key }, report);
    const outside = `${protocol} ${external_port}`;
    if (seen.has(outside)) {
      report([...path, 'external_port'], 'value', {
        code: 'ND_PORT_FORWARDING_TWICE',
        message: `${subject} is of ${protocol} port ${external_port}, as another one is`,
        expected: 'each external port once',
      });
    }
    seen.add(outside);
  }
}
