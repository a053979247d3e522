/** Hosts of ports: whether they exist, may hold what they hold, and are cabled to what carries its networks. */
import { agentHosts, dhcpHosts, lackOf } from '../declared/agents.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { named, resolveName } from '../names.ts';

/** A host must be cabled to what carries the network. `path` is that of what puts the subject there. */
export function checkReach(
  document: CloudDocument,
  { host: hostName, network: networkName }: { readonly host: string; readonly network: string | undefined },
  underlay: Underlay,
  { subject, path }: { readonly subject: string; readonly path: Path },
  report: Report,
): void {
  const network = named(document.networks, networkName);
  const host = named(underlay.hosts, hostName);
  if (network === undefined || host === undefined) return;
  const lack = lackOf(host, network, underlay);
  if (lack === undefined) return;
  const where = `${subject} on network "${networkName}" (${network['provider:network_type']}) is on host "${hostName}"`;
  if (lack === 'tunnel') {
    report(path, 'value', {
      code: 'ND_HOST_NO_TUNNEL',
      message: `${where}, which has no interface on the tunnel network`,
      expected: 'a host with a tunnel interface',
    });
    return;
  }
  report(path, 'value', {
    code: 'ND_HOST_NO_PHYSICAL_NETWORK',
    message: `${where}, which has no interface on physical network "${lack.physical_network}"`,
    expected: `a host with an interface on underlay network "${lack.name}"`,
  });
}

/** Whether a host that is named for a service runs its agents. */
export function checkAgentHost(
  host: string,
  underlay: Underlay,
  { subject, path }: { readonly subject: string; readonly path: Path },
  report: Report,
): void {
  const agents = Object.fromEntries(agentHosts(underlay).map((each) => [each.name, each]));
  const declared = named(underlay.hosts, host);
  if (declared === undefined) resolveName(agents, host, 'host', path, subject, report);
  else if (named(agents, host) === undefined) {
    report(path, 'value', {
      code: 'ND_HOST_ROLE',
      message: `${subject} is on host "${host}", which has the role ${declared.role}`,
      expected: someAgent(Object.keys(agents)),
    });
  }
}

/** Reports that there is no host for a service; true where there is one. */
export function checkAgentExists(underlay: Underlay, subject: string, path: Path, report: Report): boolean {
  if (agentHosts(underlay).length > 0) return true;
  report(path, 'key', {
    code: 'ND_AGENT_NONE',
    message: `${subject} needs a host, and underlay "${underlay.name}" has none for it`,
    expected: someAgent([]),
  });
  return false;
}

const someAgent = (names: readonly string[]) =>
  names.length === 0 ? 'a host with the role network or gateway' : oneOf(names);

/** Each network with DHCP needs as many hosts as the options say, and these need it. */
export function checkDhcp(document: CloudDocument, underlay: Underlay, report: Report): void {
  const wanted = document.options.dhcp_agents_per_network;
  const served = Object.entries(document.subnets).filter(([, { enable_dhcp }]) => enable_dhcp);
  let counted = false;
  for (const [network, [[subnet] = ['']]] of Map.groupBy(served, ([, each]) => each.network)) {
    const subject = `DHCP of subnet "${subnet}"`;
    const path = ['subnets', subnet, 'enable_dhcp'];
    if (!checkAgentExists(underlay, subject, path, report)) continue;
    for (const host of dhcpHosts(network, document, underlay)) {
      checkReach(document, { host, network }, underlay, { subject, path }, report);
    }
    const { length } = agentHosts(underlay);
    if (length >= wanted || counted) continue;
    counted = true;
    report(['options', 'dhcp_agents_per_network'], 'value', {
      code: 'ND_DHCP_AGENTS',
      message: `dhcp_agents_per_network is ${wanted}, and underlay "${underlay.name}" has ${length === 1 ? '1 host' : `${length} hosts`} with the role network or gateway`,
      expected: `at most ${length}`,
    });
  }
}
