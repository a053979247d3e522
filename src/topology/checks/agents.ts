/** Agents of a cloud document: their hosts, and those that networks name for DHCP. */
import { agentHosts } from '../declared/agents.ts';
import type { Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { checkAgentHost, checkReach } from './reach.ts';

export function checkAgents(document: CloudDocument, underlay: Underlay, report: Report): void {
  for (const host of Object.keys(document.agents)) {
    const at = { subject: `agents.${host}`, path: ['agents', host] };
    checkAgentHost(host, underlay, at, report);
  }
  for (const [name, { dhcp_agents: hosts = [] }] of Object.entries(document.networks)) {
    const known = new Set(agentHosts(underlay).map((host) => host.name));
    for (const [index, host] of hosts.entries()) {
      const at = { subject: `DHCP of network "${name}"`, path: ['networks', name, 'dhcp_agents', index] };
      checkAgentHost(host, underlay, at, report);
      if (known.has(host)) checkReach(document, { host, network: name }, underlay, at, report);
      if (hosts.indexOf(host) === index) continue;
      report(at.path, 'value', {
        code: 'ND_DHCP_AGENTS',
        message: `${at.subject} is on host "${host}" twice`,
        expected: 'each host once',
      });
    }
  }
}
