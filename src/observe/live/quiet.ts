/** What the kernels of the nodes still have to do, which no marker frame can tell. */
import type { Cluster } from '../../engine/index.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { GUESTS } from '../../state/index.ts';

/** As the agent's `quiet` answers. */
type Finding = readonly [
  namespace: string,
  what: 'neighbour' | 'receive' | 'accept' | 'process',
  which: string,
];

/** Something that has not come to its end. */
export interface Pending {
  readonly node: string;
  /** '' is the node's own. */
  readonly namespace: string;
  readonly what: Finding[1];
  /** The address and device of a neighbour, the protocol and port of a socket, the name of a daemon. */
  readonly which: string;
}

/**
 * What is still going on: packets that a router or a host keeps back until it knows a neighbour (the kernel asks three
 * times in three seconds and then gives up, with an ICMP error), sockets of daemons that hold unread data, daemons at
 * work. Of a node's own namespace only neighbours count. Servers are not asked: one that asks for a neighbour in vain
 * has sent nothing yet, and each of its questions is a packet of its own.
 */
export async function pendingIn(cluster: Cluster): Promise<Pending[]> {
  const asked = Object.entries(cluster.state.nodes).flatMap(([node, { namespaces, bridges }]) => {
    if (node === GUESTS) return [];
    const names = Object.keys(namespaces);
    // A switch has no stack of its own to wait for; a node without bridges (internet1) is nothing but a stack.
    const own = names.some((name) => name !== '') || Object.keys(bridges).length === 0;
    return own ? [{ node, names }] : [];
  });
  const found = await Promise.all(
    asked.map(async ({ node, names }) => {
      const agent = await cluster.agent(node);
      const findings = await agent.request<Finding[]>('quiet', { namespaces: names });
      return findings
        .filter(([namespace, what]) => namespace !== '' || what === 'neighbour')
        .map(([namespace, what, which]): Pending => ({ node, namespace, what, which }));
    }),
  );
  return found.flat();
}

const WORDS: Readonly<Record<Pending['what'], (which: string) => string>> = {
  neighbour: (which) => {
    const [address, device] = which.split(' ');
    return `packets wait for the MAC address of ${address} on ${device}`;
  },
  receive: (which) => `a socket (${which}) holds data that nobody has read`,
  accept: (which) => `a connection (${which}) waits to be accepted`,
  process: (which) => `${which} is at work`,
};

const pendingText = ({ node, namespace, what, which }: Pending): string =>
  `${node}${namespace === '' ? '' : ` ${namespace}`}: ${WORDS[what](which)}`;

/** At most this many things that are going on are named. */
const NAMED = 5;

/** @param rounds how many rounds of markers brought new frames @param pending what went on at the last look */
export function notQuiet(name: string, rounds: number, pending: readonly Pending[]): NetdojoError {
  const more = pending.length > NAMED ? `, and ${pending.length - NAMED} more` : '';
  const still = pending.slice(0, NAMED).map(pendingText).join('; ') + more;
  return new NetdojoError(
    pending.length > 0
      ? `${name} never got quiet: ${still}`
      : `${name} never got quiet: new packets in each of ${rounds} rounds`,
    {
      code: 'ND_NOT_QUIET',
      expected: 'no traffic but the packets under test',
      hint: 'netdojo capture, to see who talks',
      exitCode: EXIT.inconclusive,
    },
  );
}
