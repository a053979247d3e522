/** What a cloud document must be beyond its shape: names here, the rest in the other files called check-. */

import { declaredPorts, portNameOf } from '../declared/ports.ts';
import { oneOf } from '../nearest.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { checkAgents } from './agents.ts';
import { checkDistributed } from './distributed.ts';
import { checkFirewalls } from './firewalls.ts';
import { checkFloatingIps } from './floating-ips.ts';
import { checkGroupPolicy } from './group-policy.ts';
import { checkHeldPorts } from './held-ports.ts';
import { checkLoadBalancers } from './loadbalancers.ts';
import { checkNetworks } from './networks.ts';
import { checkPorts } from './ports.ts';
import { checkQos } from './qos.ts';
import { checkQuotas } from './quotas.ts';
import { checkDhcp, checkReach } from './reach.ts';
import { checkRouters } from './routers.ts';
import { checkPortSecurity, checkSecurityGroups } from './security-groups.ts';
import { named, resolveName } from '../names.ts';
import { checkSubnets } from './subnets.ts';

/**
 * Reports every mistake in a document whose shape is right, on an underlay that has none. What depends on addresses
 * that are not chosen yet is checked when they are: in the files called resolve-.
 */
export function checkCloud(document: CloudDocument, underlay: Underlay, report: Report): void {
  checkOptions(document, report);
  checkQuotas(document, report);
  checkProjects(document, report);
  checkIds(document, report);
  checkNetworks(document, underlay, report);
  checkSubnets(document, report);
  checkServers(document, underlay, report);
  checkHeldPorts(document, report);
  checkRouters(document, underlay, report);
  checkDistributed(document, underlay, report);
  checkDhcp(document, underlay, report);
  checkAgents(document, underlay, report);
  checkLoadBalancers(document, underlay, report);
  checkSecurityGroups(document, report);
  checkQos(document, report);
  const ports = declaredPorts(document, underlay);
  checkPorts(document, ports, report);
  checkPortSecurity(document, ports, report);
  checkFloatingIps(document, ports, report);
  checkFirewalls(document, ports, report);
  checkGroupPolicy(document, ports, report);
}

function checkOptions({ options }: CloudDocument, report: Report): void {
  if (options.release === 'juno' && options.firewall_driver === 'openvswitch')
    report(['options', 'firewall_driver'], 'value', {
      code: 'ND_RELEASE',
      message: 'release juno has no firewall_driver openvswitch',
      expected: 'iptables_hybrid or noop, or a later release',
    });
  if (options.l2_population || !options.arp_responder) return;
  report(['options', 'l2_population'], 'key', {
    code: 'ND_ARP_RESPONDER',
    message: 'arp_responder (which is on unless said otherwise) needs l2_population, which is off',
    expected: 'both on, or arp_responder off as well',
    hint: 'arp_responder: false',
  });
}

function checkProjects(document: CloudDocument, report: Report): void {
  for (const [kind, thing] of [
    ['networks', 'network'],
    ['ports', 'port'],
    ['servers', 'server'],
    ['routers', 'router'],
    ['floatingips', 'floating IP'],
    ['security_groups', 'security group'],
    ['trunks', 'trunk'],
    ['qos_policies', 'QoS policy'],
    ['loadbalancers', 'load balancer'],
    ['vips', 'VIP'],
    ['pools', 'pool'],
    ['health_monitors', 'health monitor'],
    ['firewalls', 'firewall'],
    ['firewall_groups', 'firewall group'],
    ['firewall_policies', 'firewall policy'],
    ['firewall_rules', 'firewall rule'],
    ['policy_target_groups', 'policy target group'],
    ['policy_targets', 'policy target'],
    ['policy_rule_sets', 'policy rule set'],
    ['policy_rules', 'policy rule'],
    ['policy_classifiers', 'policy classifier'],
    ['policy_actions', 'policy action'],
  ] as const) {
    for (const [name, { project }] of Object.entries(document[kind])) {
      if (project === undefined) continue;
      resolveName(
        document.projects,
        project,
        'project',
        [kind, name, 'project'],
        `${thing} "${name}"`,
        report,
      );
    }
  }
}

function checkIds(document: CloudDocument, report: Report): void {
  for (const kind of [
    'projects',
    'networks',
    'subnets',
    'ports',
    'servers',
    'routers',
    'floatingips',
    'security_groups',
    'trunks',
    'qos_policies',
    'loadbalancers',
    'vips',
    'health_monitors',
    'firewalls',
    'firewall_groups',
    'firewall_policies',
    'firewall_rules',
    'policy_target_groups',
    'policy_targets',
    'policy_rule_sets',
    'policy_rules',
    'policy_classifiers',
    'policy_actions',
  ] as const) {
    const seen = new Map<string, string>();
    for (const [name, { id }] of Object.entries(document[kind])) {
      if (id === undefined) continue;
      const first = seen.get(id.toLowerCase());
      seen.set(id.toLowerCase(), first ?? name);
      if (first === undefined) continue;
      report([kind, name, 'id'], 'value', {
        code: 'ND_ID_TWICE',
        message: `the id of "${name}" is already that of "${first}"`,
        expected: `${kind} with ids of their own`,
      });
    }
  }
}

function checkServers(document: CloudDocument, underlay: Underlay, report: Report): void {
  const computes = Object.values(underlay.hosts).flatMap(({ role, name }) =>
    role === 'compute' ? [name] : [],
  );
  const hosts = Object.fromEntries(computes.map((name) => [name, underlay.hosts[name]]));
  for (const [name, server] of Object.entries(document.servers)) {
    const path = ['servers', name];
    if (named(underlay.hosts, name) !== undefined) {
      report(path, 'key', {
        code: 'ND_HOST_NAME_CLASH',
        message: `server "${name}" has the name of a host of the underlay`,
        expected: 'another name',
      });
    }
    const declared = named(underlay.hosts, server.host);
    if (declared !== undefined && declared.role !== 'compute') {
      report([...path, 'host'], 'value', {
        code: 'ND_HOST_ROLE',
        message: `server "${name}" is on host "${server.host}", which has the role ${declared.role}`,
        expected: computes.length === 0 ? 'a host with the role compute' : oneOf(computes),
      });
    }
    if (declared === undefined) {
      resolveName(hosts, server.host, 'host', [...path, 'host'], `server "${name}"`, report);
    }
    const subject = `server "${name}"`;
    const checkWay = (network: string | undefined, at: Path) => {
      if (declared?.role !== 'compute') return;
      checkReach(document, { host: server.host, network }, underlay, { subject, path: at }, report);
    };
    for (const [nic, wanted] of server.networks.entries()) {
      const at = [...path, 'networks', nic];
      if (typeof wanted === 'object' && 'port' in wanted) {
        checkWay(named(document.ports, wanted.port)?.network, at);
        continue;
      }
      const network = typeof wanted === 'string' ? wanted : wanted.network;
      const networkAt = typeof wanted === 'string' ? at : [...at, 'network'];
      resolveName(document.networks, network, 'network', networkAt, subject, report);
      checkWay(network, networkAt);
      if (named(document.ports, portNameOf(name, nic)) !== undefined) {
        report(at, 'key', {
          code: 'ND_PORT_NAME_CLASH',
          message: `the port made for server "${name}" would be called "${portNameOf(name, nic)}", as a port of the document is`,
          expected: 'another name for that port',
          hint: `- { port: ${portNameOf(name, nic)} }`,
        });
      }
    }
  }
}
