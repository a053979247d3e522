import { expect, test } from 'vitest';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { firewallEffects } from './effects.ts';
import { cloudOf } from './firewall.fixture.ts';

type Groups = NonNullable<CloudDocumentInput['security_groups']>;
type Rule = NonNullable<Groups[string]['security_group_rules']>[number];
type Driver = 'openvswitch' | 'iptables_hybrid';

const http: Rule = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 };
const ssh: Rule = { ...http, port_range_min: 22, port_range_max: 22, remote_group: 'clients' };
const icmp: Rule = { direction: 'egress', protocol: 'icmp', remote_ip_prefix: '10.0.1.4/32' };

const cloud = (firewall_driver: Driver, rules: Rule[] = [http, ssh, icmp], members = 2): CloudDocumentInput =>
  cloudOf({ groups: { web: { security_group_rules: rules }, clients: {} }, members, firewall_driver });

const without = (document: CloudDocumentInput, server: string): CloudDocumentInput => {
  const { [server]: _, ...servers } = document.servers ?? {};
  const { [`${server}-port`]: __, ...ports } = document.ports ?? {};
  return { ...document, servers, ports };
};

const withPort = (document: CloudDocumentInput, name: string, more: object): CloudDocumentInput => {
  const port = document.ports?.[name];
  return port === undefined
    ? document
    : { ...document, ports: { ...document.ports, [name]: { ...port, ...more } } };
};

/** Commands without the script. */
const told = (one: CloudDocumentInput, other: CloudDocumentInput): string[] => {
  const before = topologyOf(one);
  const compiled = compile(before);
  const after = topologyOf(other, before.allocations);
  const chosen = { before: compiled.allocations, after: compile(after, compiled.allocations).allocations };
  return firewallEffects(before, after, chosen).map((effect) =>
    effect.kind === 'run'
      ? `${effect.node}: ${(effect.argv[0] === 'sh' ? effect.argv.slice(3) : effect.argv).join(' ')} (${effect.because})`
      : effect.kind,
  );
};

test('nothing is ended where nothing changes', () => {
  for (const driver of ['openvswitch', 'iptables_hybrid'] as const)
    expect(told(cloud(driver), cloud(driver))).toEqual([]);
});

test('hybrid: a rule that goes ends the connections of its protocol and direction', () => {
  const hybrid = (rules?: Rule[]) => cloud('iptables_hybrid', rules);
  expect(told(hybrid(), hybrid([ssh, icmp]))).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -p tcp -f ipv4 -d 10.0.0.10 -w 4097 (rule web: ingress tcp 80 from any is gone)",
    ]
  `);
  expect(told(hybrid(), hybrid([http, ssh]))).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -p icmp -f ipv4 -s 10.0.0.10 -w 4097 (rule web: egress icmp to 10.0.1.4/32 is gone)",
    ]
  `);
  expect(told(hybrid([ssh, icmp]), hybrid())).toEqual([]);
});

test('hybrid: a member that leaves a remote group loses its connections with the ports that name the group', () => {
  const both = cloud('iptables_hybrid');
  expect(told(both, without(both, 'client2'))).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -f ipv4 -d 10.0.0.10 -w 4097 -s 10.0.1.5 (10.0.1.5 is no longer in group clients)",
      "compute1: conntrack -D -f ipv4 -s 10.0.0.10 -w 4097 -d 10.0.1.5 (10.0.1.5 is no longer in group clients)",
      "compute2: conntrack -D -f ipv4 -d 10.0.1.5 -w 4097 (client2-port is no longer on host compute2)",
      "compute2: conntrack -D -f ipv4 -s 10.0.1.5 -w 4097 (client2-port is no longer on host compute2)",
    ]
  `);
});

test('hybrid: of many members that leave, those that have connections are looked up at once', () => {
  const before = cloud('iptables_hybrid', undefined, 4);
  const after = without(without(before, 'client3'), 'client4');
  expect(told(before, after).filter((one) => one.includes('no longer in group'))).toMatchInlineSnapshot(`
    [
      "compute1: end ipv4 4097 -d 10.0.0.10 -s src 10.0.1.6 10.0.1.7 (10.0.1.6 and 1 more are no longer in group clients)",
      "compute1: end ipv4 4097 -s 10.0.0.10 -d dst 10.0.1.6 10.0.1.7 (10.0.1.6 and 1 more are no longer in group clients)",
    ]
  `);
});

test('hybrid: a port that leaves a group, moves or goes loses all its connections', () => {
  const before = cloud('iptables_hybrid');
  expect(told(before, withPort(before, 'web-port', { security_groups: ['clients'] }))).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -f ipv4 -d 10.0.0.10 -w 4097 (web-port has left security group web)",
      "compute1: conntrack -D -f ipv4 -s 10.0.0.10 -w 4097 (web-port has left security group web)",
    ]
  `);
  const moved = {
    ...before,
    servers: { ...before.servers, web: { host: 'compute2', networks: [{ port: 'web-port' }] } },
  };
  expect(told(before, moved)).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -f ipv4 -d 10.0.0.10 -w 4097 (web-port is no longer on host compute1)",
      "compute1: conntrack -D -f ipv4 -s 10.0.0.10 -w 4097 (web-port is no longer on host compute1)",
    ]
  `);
  expect(told(before, without(before, 'web'))).toEqual(told(before, moved));
});

test('hybrid: allowed address pairs are ended too', () => {
  const pairs = { allowed_address_pairs: [{ ip_address: '10.0.2.0/24' }] };
  const paired = (rules?: Rule[]) => withPort(cloud('iptables_hybrid', rules), 'web-port', pairs);
  expect(told(paired(), paired([ssh, icmp]))).toMatchInlineSnapshot(`
    [
      "compute1: conntrack -D -p tcp -f ipv4 -d 10.0.0.10 -w 4097 (rule web: ingress tcp 80 from any is gone)",
      "compute1: conntrack -D -p tcp -f ipv4 -d 10.0.2.0/24 -w 4097 (rule web: ingress tcp 80 from any is gone)",
    ]
  `);
});

test('openvswitch: what is marked as no longer allowed is forgotten when the rules of a port change', () => {
  const flows = (rules?: Rule[], members?: number) => cloud('openvswitch', rules, members);
  expect(told(flows(), flows([ssh, icmp]))).toMatchInlineSnapshot(`
    [
      "compute1: flush 1 mark=1 10.0.0.10 (the rules of web-port have changed)",
    ]
  `);
  expect(told(flows([ssh, icmp]), flows())).toEqual(told(flows(), flows([ssh, icmp])));
  expect(told(flows(), flows(undefined, 3))).toMatchInlineSnapshot(`
    [
      "compute1: flush 1 mark=1 10.0.0.10 (the rules of web-port have changed)",
      "compute2: flush 11 mark=1 10.0.1.6 (the rules of client3-port have changed)",
    ]
  `);
});

test('openvswitch: who takes over an address inherits no connections', () => {
  const before = cloud('openvswitch');
  expect(told(before, without(before, 'web'))).toMatchInlineSnapshot(`
    [
      "compute1: flush 1  10.0.0.10 (web-port is no longer on host compute1)",
    ]
  `);
});
