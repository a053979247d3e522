import { describe, expect, test } from 'vitest';
import type { CloudDocumentInput } from '../../../topology/index.ts';
import { topologyOf } from '../clouds.fixture.ts';
import { compile } from '../compile.ts';
import { distributedCloud } from '../dvr/dvr.fixture.ts';
import { routedCloud } from '../l3/routed.fixture.ts';
import { fwaasEffects } from './effects.ts';

const RULES: NonNullable<CloudDocumentInput['firewall_rules']> = {
  web: { protocol: 'tcp', destination_ip_address: '10.0.1.11', destination_port: 80, action: 'allow' },
  range: { protocol: 'udp', source_port: '1024:65535', destination_port: '5000:5009', action: 'allow' },
  between: { source_ip_address: '10.0.1.0/24', destination_ip_address: '0.0.0.0/0', action: 'reject' },
  six: { ip_version: 6, protocol: 'icmp', action: 'allow' },
  asleep: { action: 'allow', enabled: false },
};

const document = (more: Partial<CloudDocumentInput> = {}, admin_state_up = true): CloudDocumentInput => ({
  ...routedCloud(),
  firewall_rules: RULES,
  firewall_policies: { house: { firewall_rules: Object.keys(RULES) } },
  firewalls: { fw: { firewall_policy: 'house', admin_state_up } },
  ...more,
});
const v1 = (...args: Parameters<typeof document>) => topologyOf(document(...args));

const v2 = topologyOf({
  ...routedCloud(),
  firewall_rules: RULES,
  firewall_policies: { into: { firewall_rules: ['web', 'between'] }, from: { firewall_rules: ['range'] } },
  firewall_groups: {
    red: { ingress_firewall_policy: 'into', egress_firewall_policy: 'from', ports: ['r1-red-subnet'] },
    blue: { ports: ['r1-blue-subnet'], admin_state_up: false },
  },
});

/** What filters forwarded packets, without the ids of ports and firewalls. */
const filter = (topology: typeof v2): string[] => {
  const { state } = compile(topology);
  const space = Object.values(state.nodes['gateway1']?.namespaces ?? {}).find(({ name }) =>
    name.startsWith('qrouter-'),
  );
  return Object.values(space?.netfilter ?? {}).flatMap(({ family, table, chain, rules }) =>
    table === 'filter'
      ? rules
          .filter(({ owner }) => owner.kind.startsWith('firewall') || owner.name === 'iptables')
          .map(({ text, owner }) =>
            `${family} ${chain} ${text}  (${owner.purpose})`
              .replaceAll('neutron-l3-agent-', '')
              .replaceAll(/\b([io]v[46])[0-9a-f]{8}\b/gu, '$1…')
              .replaceAll(/\b(qr-)[-0-9a-f]{11}/gu, '$1…'),
          )
      : [],
  );
};

describe('chains of a firewall (v1)', () => {
  test('filter by any device inside, both ways, and drop the rest on both families', () => {
    expect(filter(v1())).toMatchInlineSnapshot(`
      [
        "ipv4 FORWARD -o qr-+ -j iv4…  (firewall fw)",
        "ipv4 FORWARD -i qr-+ -j ov4…  (firewall fw)",
        "ipv4 FORWARD -o qr-+ -j fwaas-defau  (firewall fw: no rule of policy house is about it)",
        "ipv4 FORWARD -i qr-+ -j fwaas-defau  (firewall fw: no rule of policy house is about it)",
        "ipv4 fwaas-defau -j DROP  (firewall fw: no rule of policy house is about it)",
        "ipv4 iv4… -m state --state INVALID -j DROP  (firewall fw: it answers nothing that is known)",
        "ipv4 iv4… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall fw)",
        "ipv4 iv4… -d 10.0.1.11/32 -p tcp -m tcp --dport 80 -j ACCEPT  (rule web of firewall fw: allow)",
        "ipv4 iv4… -p udp -m udp --sport 1024:65535 --dport 5000:5009 -j ACCEPT  (rule range of firewall fw: allow)",
        "ipv4 iv4… -s 10.0.1.0/24 -j REJECT --reject-with icmp-port-unreachable  (rule between of firewall fw: reject)",
        "ipv4 ov4… -m state --state INVALID -j DROP  (firewall fw: it answers nothing that is known)",
        "ipv4 ov4… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall fw)",
        "ipv4 ov4… -d 10.0.1.11/32 -p tcp -m tcp --dport 80 -j ACCEPT  (rule web of firewall fw: allow)",
        "ipv4 ov4… -p udp -m udp --sport 1024:65535 --dport 5000:5009 -j ACCEPT  (rule range of firewall fw: allow)",
        "ipv4 ov4… -s 10.0.1.0/24 -j REJECT --reject-with icmp-port-unreachable  (rule between of firewall fw: reject)",
        "ipv6 FORWARD -j FORWARD  (chains of the L3 agent)",
        "ipv6 FORWARD -o qr-+ -j iv6…  (firewall fw)",
        "ipv6 FORWARD -i qr-+ -j ov6…  (firewall fw)",
        "ipv6 FORWARD -o qr-+ -j fwaas-defau  (firewall fw: no rule of policy house is about it)",
        "ipv6 FORWARD -i qr-+ -j fwaas-defau  (firewall fw: no rule of policy house is about it)",
        "ipv6 fwaas-defau -j DROP  (firewall fw: no rule of policy house is about it)",
        "ipv6 iv6… -m state --state INVALID -j DROP  (firewall fw: it answers nothing that is known)",
        "ipv6 iv6… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall fw)",
        "ipv6 iv6… -p ipv6-icmp -j ACCEPT  (rule six of firewall fw: allow)",
        "ipv6 ov6… -m state --state INVALID -j DROP  (firewall fw: it answers nothing that is known)",
        "ipv6 ov6… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall fw)",
        "ipv6 ov6… -p ipv6-icmp -j ACCEPT  (rule six of firewall fw: allow)",
      ]
    `);
  });

  test('drop everything while it is down', () => {
    expect(filter(v1({}, false))).toMatchInlineSnapshot(`
      [
        "ipv4 FORWARD -o qr-+ -j fwaas-defau  (firewall fw is down: nothing passes)",
        "ipv4 FORWARD -i qr-+ -j fwaas-defau  (firewall fw is down: nothing passes)",
        "ipv4 fwaas-defau -j DROP  (firewall fw is down: nothing passes)",
        "ipv6 FORWARD -j FORWARD  (chains of the L3 agent)",
        "ipv6 FORWARD -o qr-+ -j fwaas-defau  (firewall fw is down: nothing passes)",
        "ipv6 FORWARD -i qr-+ -j fwaas-defau  (firewall fw is down: nothing passes)",
        "ipv6 fwaas-defau -j DROP  (firewall fw is down: nothing passes)",
      ]
    `);
  });

  test('have names of as many letters as iptables takes', () => {
    const { nodes } = compile(v1()).state;
    for (const { namespaces } of Object.values(nodes))
      for (const { netfilter } of Object.values(namespaces))
        for (const { chain } of Object.values(netfilter)) expect(chain.length).toBeLessThanOrEqual(28);
  });
});

test('chains of firewall groups (v2) are on their ports, and have a chain for each action', () => {
  expect(filter(v2).filter((line) => line.startsWith('ipv4'))).toMatchInlineSnapshot(`
    [
      "ipv4 FORWARD -o qr-… -j iv4…  (firewall group red)",
      "ipv4 FORWARD -i qr-… -j ov4…  (firewall group red)",
      "ipv4 FORWARD -o qr-… -j fwaas-defau  (firewall group red)",
      "ipv4 FORWARD -i qr-… -j fwaas-defau  (firewall group red)",
      "ipv4 FORWARD -o qr-… -j fwaas-defau  (firewall group blue)",
      "ipv4 FORWARD -i qr-… -j fwaas-defau  (firewall group blue)",
      "ipv4 accepted -j ACCEPT  (firewall groups: what is accepted)",
      "ipv4 dropped -j DROP  (firewall groups: what is dropped)",
      "ipv4 rejected -j REJECT --reject-with icmp-port-unreachable  (firewall groups: what is rejected)",
      "ipv4 fwaas-defau -j dropped  (no rule of a firewall group is about it)",
      "ipv4 iv4… -m state --state INVALID -j dropped  (firewall group red: it answers nothing that is known)",
      "ipv4 iv4… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall group red)",
      "ipv4 iv4… -d 10.0.1.11/32 -p tcp -m tcp --dport 80 -j accepted  (rule web of firewall group red: allow)",
      "ipv4 iv4… -s 10.0.1.0/24 -j rejected  (rule between of firewall group red: reject)",
      "ipv4 ov4… -m state --state INVALID -j dropped  (firewall group red: it answers nothing that is known)",
      "ipv4 ov4… -m state --state RELATED,ESTABLISHED -j ACCEPT  (firewall group red)",
      "ipv4 ov4… -p udp -m udp --sport 1024:65535 --dport 5000:5009 -j accepted  (rule range of firewall group red: allow)",
    ]
  `);
});

describe('connections end', () => {
  const told = (before: typeof v2, after: typeof v2): string[] =>
    fwaasEffects(before, after).map((effect) => {
      expect(effect).toMatchObject({ node: 'gateway1', namespace: expect.stringMatching(/^qrouter-/u) });
      return `${effect.kind === 'run' ? effect.argv.filter((word) => !word.includes('\n')).join(' ') : ''}  (${effect.because})`;
    });
  const without = topologyOf(routedCloud());
  const fewer = v1({ firewall_policies: { house: { firewall_rules: ['web', 'six'] } } });

  test('all of them when a firewall comes, none when it goes', () => {
    expect(told(without, v1())).toEqual(['conntrack -F  (firewall fw is new on router r1)']);
    expect(told(v1(), without)).toEqual([]);
  });

  test('those that rules are about which come, go, move or change', () => {
    expect(told(v1(), fewer)).toMatchInlineSnapshot(`
      [
        "sh -c delete ipv4 udp 1024:65535 5000:5009  (firewall rule range has changed on router r1)",
        "sh -c delete ipv4 any any any  (firewall rule between has changed on router r1)",
        "sh -c delete ipv6 icmpv6 any any  (firewall rule six has changed on router r1)",
        "sh -c delete ipv4 any any any  (firewall rule asleep has changed on router r1)",
      ]
    `);
    const order = ['range', 'web', 'between', 'six', 'asleep'];
    const turned = v1({ firewall_policies: { house: { firewall_rules: order } } });
    expect(told(v1(), turned)).toMatchInlineSnapshot(`
      [
        "sh -c delete ipv4 tcp any 80:80  (firewall rule web has changed on router r1)",
        "sh -c delete ipv4 udp 1024:65535 5000:5009  (firewall rule range has changed on router r1)",
      ]
    `);
    const { web = {}, ...rest } = RULES;
    const moved = v1({ firewall_rules: { ...rest, web: { ...web, destination_port: 81 } } });
    expect(told(v1(), moved)).toMatchInlineSnapshot(`
      [
        "sh -c delete ipv4 tcp any 80:80  (firewall rule web has changed on router r1)",
        "sh -c delete ipv4 tcp any 81:81  (firewall rule web has changed on router r1)",
      ]
    `);
  });

  test('none at Juno, and none when a firewall goes down or comes up', () => {
    const juno = { options: { release: 'juno' as const } };
    const { between = {}, ...rest } = RULES;
    const rules = { ...rest, between: { ...between, action: 'deny' as const } };
    const policies = { house: { firewall_rules: ['web'] } };
    expect(
      told(
        v1({ ...juno, firewall_rules: rules }),
        v1({ ...juno, firewall_rules: rules, firewall_policies: policies }),
      ),
    ).toEqual([]);
    expect(told(v1(), v1({}, false))).toEqual([]);
    const down = topologyOf(document({}, false), v1().allocations);
    expect(told(down, topologyOf(document(), down.allocations))).toEqual([]);
  });

  test('all of them when a firewall comes up for the first time', () => {
    const down = v1({}, false);
    const up = topologyOf(document(), down.allocations);
    expect(told(down, up)).toEqual(['conntrack -F  (firewall fw is new on router r1)']);
  });

  test('none that rules are about which have changed while it was down', () => {
    const house = { firewall_policies: { house: { firewall_rules: ['web'] } } };
    const down = topologyOf(document({}, false), v1().allocations);
    const changed = topologyOf(document(house, false), down.allocations);
    expect(told(down, changed)).toEqual([]);
    expect(told(changed, topologyOf(document(house), changed.allocations))).toEqual([]);
  });

  test('of groups (v2) by the direction of their rules, and not by their order', () => {
    const group = (into: string[], from: string[]) =>
      topologyOf({
        ...routedCloud(),
        firewall_rules: RULES,
        firewall_policies: { into: { firewall_rules: into }, from: { firewall_rules: from } },
        firewall_groups: {
          red: { ingress_firewall_policy: 'into', egress_firewall_policy: 'from', ports: ['r1-red-subnet'] },
        },
      });
    expect(told(group(['web', 'range'], []), group(['range', 'web'], []))).toEqual([]);
    expect(told(group(['web', 'range'], []), group(['range'], ['web']))).toEqual([
      'sh -c delete ipv4 tcp any 80:80  (firewall rule web has changed on router r1)',
    ]);
  });
});

describe('of a distributed router', () => {
  const project = 'tenant';
  const firewalled = (firewall_rules: readonly string[]) => ({
    firewall_rules: { web: { ...RULES['web'], project } },
    firewall_policies: { house: { project, firewall_rules: [...firewall_rules] } },
    firewalls: { fw: { project, firewall_policy: 'house' } },
  });
  const distributed = (release: 'juno' | 'now', firewall_rules: readonly string[] = ['web']) =>
    topologyOf({ ...distributedCloud({ options: { release } }), ...firewalled(firewall_rules) });

  /** Devices by which packets come that a firewall looks at, on each host. */
  const filtered = (release: 'juno' | 'now'): string[] =>
    Object.entries(compile(distributed(release)).state.nodes).flatMap(([node, { namespaces }]) =>
      Object.values(namespaces).flatMap(({ name, netfilter }) => {
        const rules = Object.values(netfilter).flatMap((chain) =>
          chain.family === 'ipv4' ? chain.rules : [],
        );
        const devices = rules.flatMap(({ text }) => /-i (\S+) -j \S+ov4/u.exec(text)?.[1] ?? []);
        return devices.map((device) => `${node} ${name.split('-')[0]}: ${device}`);
      }),
    );

  test('what goes in and out of the cloud is filtered, at Juno only where floating IPs are', () => {
    expect(filtered('now')).toMatchInlineSnapshot(`
      [
        "network1 qrouter: rfp-+",
        "network1 snat: sg-+",
        "compute1 qrouter: rfp-+",
        "compute2 qrouter: rfp-+",
        "compute3 qrouter: rfp-+",
      ]
    `);
    expect(filtered('juno')).toMatchInlineSnapshot(`
      [
        "network1 snat: sg-+",
        "compute1 qrouter: rfp-+",
        "compute2 qrouter: rfp-+",
      ]
    `);
  });

  test('connections end in each place', () => {
    const places = fwaasEffects(distributed('now'), distributed('now', [])).map(
      (effect) => `${effect.node} ${effect.kind === 'run' ? effect.namespace?.split('-')[0] : ''}`,
    );
    expect(places).toEqual(['network1 snat', 'compute1 qrouter', 'compute2 qrouter']);
  });

  test('nothing is central where no way leads out, and no connection ends there', () => {
    const cut = distributedCloud({ router: { external_gateway_info: null }, floatingips: {} });
    const inside = (rules: readonly string[]) => topologyOf({ ...cut, ...firewalled(rules) });
    const { network1 } = compile(inside(['web'])).state.nodes;
    const names = Object.values(network1?.namespaces ?? {}).map(({ name }) => name.split('-')[0]);
    expect(names).not.toContain('snat');
    expect(fwaasEffects(inside(['web']), inside([]))).toEqual([]);
  });
});
