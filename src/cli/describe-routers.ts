/** The routers and floating IPs of a cloud, for people and programs. */
import type { CloudState } from '../state/index.ts';
import type { Topology } from '../topology/index.ts';
import type { Context } from './context.ts';
import { table } from './terminal/table.ts';

export interface RouterJson {
  readonly name: string;
  readonly distributed: boolean;
  readonly ha: boolean;
  /** Hosts that hold it; of a distributed router what is central of it. */
  readonly hosts: readonly string[];
  /** Of these, where it is active now: with ha exactly one, unless something is wrong. */
  readonly active: readonly string[];
  /** Its network namespaces, by host. */
  readonly namespaces: Readonly<Record<string, readonly string[]>>;
}

export interface FloatingIpJson {
  readonly name: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port: string | null;
  readonly router: string | null;
}

export const routersJson = (
  { routers }: Topology,
  { nodes }: CloudState,
  active: Readonly<Record<string, readonly string[]>>,
): RouterJson[] =>
  Object.values(routers).map(({ id, name, hosts, ha, distributed }) => ({
    name,
    distributed,
    ha,
    hosts,
    active: ha ? (active[name] ?? []) : hosts,
    namespaces: Object.fromEntries(
      Object.entries(nodes).flatMap(([node, { namespaces }]) => {
        const own = Object.keys(namespaces).filter((namespace) => namespace.endsWith(id));
        return own.length === 0 ? [] : [[node, own] as const];
      }),
    ),
  }));

export const floatingIpsJson = ({ floatingips }: Topology): FloatingIpJson[] =>
  Object.values(floatingips).map((one) => ({
    name: one.name,
    floating_ip_address: one.floating_ip_address,
    fixed_ip_address: one.fixed_ip_address ?? null,
    port: one.port ?? null,
    router: one.router ?? null,
  }));

const kindOf = ({ distributed, ha }: RouterJson): string =>
  [distributed ? 'distributed' : '', ha ? 'ha' : ''].filter((word) => word !== '').join(', ') || 'legacy';

export function routerTable(routers: readonly RouterJson[], { paint }: Pick<Context, 'paint'>): string {
  const activeOn = ({ ha, active }: RouterJson): string => {
    if (!ha) return active.join(' ') || '-';
    if (active.length === 1) return active.join(' ');
    return paint('red', active.length === 0 ? 'nowhere' : `${active.join(' ')}: not one alone`);
  };
  const spaces = routers.flatMap(({ name, namespaces }) => {
    const places = Object.entries(namespaces).flatMap(([node, names]) =>
      names.map((namespace) => ({ node, namespace })),
    );
    return [...Map.groupBy(places, ({ namespace }) => namespace)].map(([namespace, on]) => [
      namespace,
      name,
      on.map(({ node }) => node).join(' '),
    ]);
  });
  const dim = (words: readonly string[]): string[] => words.map((word) => paint('dim', word));
  return [
    table([
      dim(['ROUTER', 'KIND', 'HOSTS', 'ACTIVE']),
      ...routers.map((one) => [one.name, kindOf(one), one.hosts.join(' '), activeOn(one)]),
    ]),
    '',
    table([dim(['NAMESPACE', 'ROUTER', 'ON']), ...spaces]),
  ].join('\n');
}

export const floatingIpTable = (
  floatingips: readonly FloatingIpJson[],
  { paint }: Pick<Context, 'paint'>,
): string =>
  table([
    ['FLOATING IP', 'FOR', 'PORT', 'ROUTER'].map((word) => paint('dim', word)),
    ...floatingips.map((one) => [
      one.floating_ip_address,
      one.fixed_ip_address ?? '-',
      one.port ?? '-',
      one.router ?? '-',
    ]),
  ]);
