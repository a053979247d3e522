/** Distributed routers, and the agents that hold routers: what a document may not say of them. */
import { agentHosts, hostsOfRouter } from '../declared/agents.ts';
import { distributedHosts, fipAgentHosts, insideOf, networkOfNic } from '../declared/distributed.ts';
import { l3AgentMode } from '../distributed.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { checkReach } from './reach.ts';
import { named } from '../names.ts';

type Document = CloudDocument;
type DeclaredRouter = Document['routers'][string];

/** What a document may not say of distributed routers and of the agents that hold routers. */
export function checkDistributed(document: Document, underlay: Underlay, report: Report): void {
  checkModes(document, underlay, report);
  for (const [name, router] of Object.entries(document.routers)) {
    if (router.distributed) checkRouter(name, router, document, underlay, report);
    else checkCentralMode(name, router, document, underlay, report);
  }
}

function checkModes({ options }: Document, underlay: Underlay, report: Report): void {
  for (const [host, mode] of Object.entries(options.l3_agent_modes)) {
    const path = ['options', 'l3_agent_modes', host];
    const declared = named(underlay.hosts, host);
    if (declared === undefined || !['compute', 'network', 'gateway'].includes(declared.role)) {
      const known = Object.values(underlay.hosts).flatMap((each) =>
        ['compute', 'network', 'gateway'].includes(each.role) ? [each.name] : [],
      );
      report(path, 'key', {
        code: 'ND_L3_AGENT_MODE',
        message:
          declared === undefined
            ? `there is no host "${host}" that could have an L3 agent`
            : `host "${host}" has the role ${declared.role} and no L3 agent`,
        expected: oneOf(known),
      });
    } else if (options.release === 'juno' && mode === 'dvr_no_external') {
      report(path, 'value', {
        code: 'ND_RELEASE',
        message: 'release juno has no agent_mode dvr_no_external',
        expected: 'dvr, dvr_snat or legacy',
      });
    }
  }
}

function checkCentralMode(
  name: string,
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  for (const host of hostsOfRouter(router, document, underlay)) {
    // A host that has no agents at all is said by itself.
    const declared = agentHosts(underlay).find((each) => each.name === host);
    const mode = declared && l3AgentMode(document.options, declared);
    if (mode === undefined || mode === 'legacy' || mode === 'dvr_snat') continue;
    report(['options', 'l3_agent_modes', host], 'value', {
      code: 'ND_L3_AGENT_MODE',
      message: `router "${name}" is on host "${host}", whose L3 agent in mode ${mode} holds distributed routers only`,
      expected: 'legacy or dvr_snat',
    });
  }
}

function checkRouter(
  name: string,
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  const path = ['routers', name];
  const subject = `router "${name}"`;
  const outside = router.external_gateway_info;
  const inside = insideOf(router, document);
  for (const network of inside) {
    const type = named(document.networks, network)?.['provider:network_type'];
    if (document.options.release === 'juno' && type !== undefined && type !== 'vxlan' && type !== 'gre')
      report([...path, 'distributed'], 'value', {
        code: 'ND_RELEASE',
        message: `${subject} is distributed and on network "${network}" (${type}): at Juno they route between tunnelled networks only`,
        expected: 'networks of type vxlan or gre, or a later release',
      });
  }
  if (outside) {
    for (const host of hostsOfRouter(router, document, underlay)) {
      const declared = agentHosts(underlay).find((each) => each.name === host);
      if (declared === undefined || l3AgentMode(document.options, declared) === 'dvr_snat') continue;
      report([...path, 'hosts'], 'value', {
        code: 'ND_L3_AGENT_MODE',
        message: `what is central of ${subject} is on host "${host}", whose L3 agent is not in mode dvr_snat`,
        expected: centralHosts(document, underlay),
      });
    }
    checkWaysOut({ subject, path, network: outside.network }, router, document, underlay, report);
  }
  for (const [server, { host, networks }] of Object.entries(document.servers)) {
    const declared = named(underlay.hosts, host);
    if (declared === undefined || l3AgentMode(document.options, declared) !== 'legacy') continue;
    if (!networks.some((nic) => inside.includes(networkOfNic(nic, document)))) continue;
    report(['options', 'l3_agent_modes', host], 'value', {
      code: 'ND_L3_AGENT_MODE',
      message: `server "${server}" is on host "${host}", whose L3 agent in mode legacy holds nothing of distributed ${subject}`,
      expected: 'dvr, dvr_snat or dvr_no_external',
    });
  }
}

const centralHosts = ({ options }: Document, underlay: Underlay): string => {
  const hosts = agentHosts(underlay).filter((host) => l3AgentMode(options, host) === 'dvr_snat');
  return hosts.length === 0 ? 'a host in mode dvr_snat' : oneOf(hosts.map(({ name }) => name));
};

function checkWaysOut(
  { subject, path, network }: { readonly subject: string; readonly path: Path; readonly network: string },
  router: DeclaredRouter,
  document: Document,
  underlay: Underlay,
  report: Report,
): void {
  const holding = distributedHosts(router, document, underlay);
  for (const host of fipAgentHosts(network, document, underlay)) {
    if (!holding.includes(host)) continue;
    const each = { subject: `${subject} (agent_mode dvr)`, path: [...path, 'distributed'] };
    checkReach(document, { host, network }, underlay, each, report);
  }
}
