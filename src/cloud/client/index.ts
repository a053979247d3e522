/** Changes of a running cloud in the words of the OpenStack APIs. Each is one difference, planned and applied. */
import type { CloudDocumentInput } from '../../topology/index.ts';
import type { Cloud } from '../cloud.ts';
import { type Agents, agents } from './agents.ts';
import { CloudEditor, type Editor } from './editor.ts';
import { type FirewallGroups, firewallGroups, type Firewalls, firewalls } from './firewalls.ts';
import { type FloatingIps, floatingIps } from './floating-ips.ts';
import {
  type PolicyTargetGroups,
  policyTargetGroups,
  type PolicyTargets,
  policyTargets,
} from './group-policy.ts';
import { type LoadBalancers, loadBalancers } from './load-balancers.ts';
import { type Routers, routers } from './routers.ts';
import { type SecurityGroups, securityGroups } from './security-groups.ts';
import { type Ports, ports, type Servers, servers } from './servers.ts';

export type { Applied, Editor } from './editor.ts';
export { CloudEditor } from './editor.ts';

export interface Client extends Editor {
  readonly floatingIps: FloatingIps;
  readonly securityGroups: SecurityGroups;
  readonly routers: Routers;
  readonly servers: Servers;
  readonly ports: Ports;
  readonly loadBalancers: LoadBalancers;
  readonly agents: Agents;
  readonly firewalls: Firewalls;
  readonly firewallGroups: FirewallGroups;
  readonly policyTargetGroups: PolicyTargetGroups;
  readonly policyTargets: PolicyTargets;
}

/** A client for changes that `editor` carries out. */
export function clientOf(editor: Editor): Client {
  return {
    edit: (change) => editor.edit(change),
    floatingIps: floatingIps(editor),
    securityGroups: securityGroups(editor),
    routers: routers(editor),
    servers: servers(editor),
    ports: ports(editor),
    loadBalancers: loadBalancers(editor),
    agents: agents(editor),
    firewalls: firewalls(editor),
    firewallGroups: firewallGroups(editor),
    policyTargetGroups: policyTargetGroups(editor),
    policyTargets: policyTargets(editor),
  };
}

/** A client for a running cloud that was made from a document. */
export const connectClient = (cloud: Cloud, document: CloudDocumentInput): Client =>
  clientOf(new CloudEditor(cloud, document));
