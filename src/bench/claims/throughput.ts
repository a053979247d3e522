import type { Agent } from '../../engine/index.ts';
import { inPattern, routedPatterns } from '../../scenario/patterns.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { FIREWALLS, guardedBy, shipped, startFrom } from '../classic.ts';
import { throughput } from '../guest-programs.ts';
import type { Bench, Lab } from '../lab.ts';
import { type Row, row } from '../result.ts';
import { interleave } from '../statistics.ts';

interface Case {
  readonly name: string;
  readonly document: CloudDocumentInput;
  readonly from: string;
  readonly to: { readonly namespace: string; readonly address: string };
}

const red2 = { namespace: 'red2', address: '10.0.1.12' };
const blue2 = { namespace: 'blue2', address: '10.0.2.12' };
const PEER = 'bare veth';
/** Each takes a second and a cloud is a second more. */
const MOST_ROUNDS = 5;

function cases(): Case[] {
  const routed = shipped('classic-routed');
  const provider = shipped('provider-routed');
  const web2 = { namespace: 'web2', address: '10.0.1.12' };
  const all = { direction: 'ingress', protocol: 'tcp' } as const;
  return [
    ...routedPatterns.flatMap((pattern) => {
      const document = inPattern(routed, pattern);
      return [
        { name: `${pattern.encapsulation}, same network`, document, from: 'red1', to: red2 },
        { name: `${pattern.name}, routed by the network node`, document, from: 'red1', to: blue2 },
      ];
    }),
    { name: 'l2-vlan, same network', document: provider, from: 'red1', to: red2 },
    { name: 'l2-vlan, routed by the physical router', document: provider, from: 'red1', to: blue2 },
    ...(['noop', 'openvswitch', 'iptables_hybrid, ipset'] as const).map((firewall) => ({
      name: `vxlan, firewall_driver ${FIREWALLS[firewall].firewall_driver}`,
      document: guardedBy(firewall, [all]),
      from: 'web1',
      to: web2,
    })),
  ];
}

/** TCP from server to server on two hosts, beside two namespaces of the same container on one cable. */
export const tcpThroughput: Bench = {
  name: 'throughput',
  run: async (lab) => {
    const rows: Row[] = [];
    let cloud: Awaited<ReturnType<typeof startFrom>> | undefined;
    let running: CloudDocumentInput | undefined;
    try {
      for (const one of cases()) {
        if (running !== one.document) {
          await cloud?.down();
          cloud = await startFrom(lab, one.document);
          running = one.document;
          await layCable(await cloud.guests());
        }
        if (!cloud) continue;
        rows.push(...(await measure(lab, await cloud.guests(), one, rows.length === 0)));
      }
    } finally {
      await cloud?.down();
    }
    return rows;
  },
};

async function measure(lab: Lab, guests: Agent, { name, from, to }: Case, first: boolean): Promise<Row[]> {
  const bare = (kind: 'bare' | 'plain') => () =>
    throughput(guests, `${kind}1`, { namespace: `${kind}2`, address: '192.0.2.2' });
  const actions: Record<string, () => Promise<number>> = {
    ours: () => throughput(guests, from, to),
    bare: bare('bare'),
    // As servers' cables are; told once.
    ...(first && { plain: bare('plain') }),
  };
  const times: Partial<Record<string, number[]>> = await interleave(
    Math.min(lab.repeat, MOST_ROUNDS),
    actions,
  );
  const { ours = [], bare: floor = [], plain } = times;
  const beside = { unit: 'Mbit/s', peer: { name: PEER, values: floor } } as const;
  return [
    ...(plain ? [row('throughput: a cable with the settings of servers', plain, beside)] : []),
    row(`throughput: ${name}`, ours, beside),
  ];
}

/** Two pairs of namespaces beside the servers', each with a cable between: as it comes, and as servers' are. */
async function layCable(guests: Agent): Promise<void> {
  const pair = (kind: string): string[] => [
    `ip netns add ${kind}1`,
    `ip netns add ${kind}2`,
    `ip -n ${kind}1 link add eth0 type veth peer name eth0 netns ${kind}2`,
    ...[1, 2].flatMap((end) => [
      `ip -n ${kind}${end} address add 192.0.2.${end}/24 dev eth0`,
      `ip -n ${kind}${end} link set eth0 up`,
    ]),
  ];
  const settings = [1, 2].flatMap((end) => [
    `ip -n plain${end} link set eth0 mtu 1450`,
    `ip netns exec plain${end} ethtool -K eth0 tx off rx off tso off gso off gro off > /dev/null`,
  ]);
  const script = [...pair('bare'), ...pair('plain'), ...settings].join('\n');
  await guests.run(['sh', '-ec', script]);
}
