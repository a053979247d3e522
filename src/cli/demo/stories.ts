/** The stories of the demonstration, in the order in which they are told. */
import type { CheckedJourney } from '../../cloud/check.ts';
import { destinationOf, speakerOf } from '../../cloud/send.ts';
import { http, judgeGap, ping, serve, stream, tcp } from '../../probe/index.ts';
import { untilMember } from '../../targets/index.ts';
import type { Explaining } from '../explain-check.ts';
import type { Play } from './play.ts';

export interface Story {
  readonly name: string;
  readonly capability: string;
  /** What is about to be seen. */
  readonly about: string;
  /** Whether each switch's part is told, or only that of the one at fault. */
  readonly explain: Explaining;
  readonly play: (play: Play) => Promise<void>;
}

const FLOATING = '203.0.113.110';
const BALANCED = '203.0.113.120';
const INTERNET = '198.51.100.10';
/** What a move may cost those who talk to the server, in milliseconds. */
const MOVE_BUDGET = 500;

const isRequest = ({ headers }: CheckedJourney): boolean => headers.icmp?.type === 8;
const isEcho = ({ headers }: CheckedJourney): boolean => headers.icmp?.type === 8 || headers.icmp?.type === 0;
const isFirst = ({ headers }: CheckedJourney): boolean => headers.tcp_flags === 'syn';

export const STORIES: readonly Story[] = [
  {
    name: 'One network over two hosts',
    capability: 'l2',
    about:
      'web1 is on compute1, web2 on compute2. Their network is a VXLAN between the hosts: what it wears there is seen on the wires alone.',
    explain: 'all',
    play: async (play) => {
      await echo(play, 'web1', 'web2', isEcho);
    },
  },
  {
    name: 'A floating IP, and the internet',
    capability: 'floating-ips',
    about: `The internet knows web1 as ${FLOATING}; web2 has no such address and leaves with that of its router.`,
    explain: 'failed',
    play: async (play) => {
      await echo(play, 'internet1', FLOATING, isEcho);
      await echo(play, 'web2', INTERNET, isRequest);
    },
  },
  {
    name: 'Security groups',
    capability: 'security-groups',
    about: 'The database lets web servers in, by port 5432. It is asked by that port and by another one.',
    explain: 'failed',
    play: securityGroups,
  },
  {
    name: 'A load balancer',
    capability: 'load-balancing',
    about: `Requests to ${BALANCED} are for the balancer, which asks web1 and web2 in turn.`,
    explain: 'failed',
    play: balancer,
  },
  {
    name: 'A server moves while it is talked to',
    capability: 'live-migration',
    about: 'The internet talks to web1 every 10 ms while it moves from compute1 to compute2.',
    explain: 'failed',
    play: migration,
  },
];

async function echo(
  play: Play,
  from: string,
  to: string,
  tells: (journey: CheckedJourney) => boolean,
  when = '',
): Promise<void> {
  const { agent, namespace } = await speakerOf(play.cloud, from);
  const destination = destinationOf(play.cloud, from, to);
  const outcome = await play.act(
    `${when}ping ${from} ${to}`,
    () => ping(agent, namespace, destination),
    tells,
  );
  play.finds(`${when}${from} has its answer from ${destination}`, outcome.outcome === 'reply');
}

async function securityGroups(play: Play): Promise<void> {
  const guests = await play.cloud.guests();
  const database = play.cloud.address('db1');
  for (const [port, outcome] of [
    [5432, 'exchanged'],
    [22, 'no-connection'],
  ] as const) {
    await using server = await serve(guests, 'db1', 'tcp', port);
    const options = { size: 16, timeout: outcome === 'exchanged' ? 2 : 0.5 };
    const result = await play.act(
      `web1 connects to db1 by port ${port}`,
      () => tcp(guests, 'web1', database, server.port, options),
      isFirst,
    );
    const text = outcome === 'exchanged' ? 'is let in' : 'is not';
    play.finds(`who comes by port ${port} ${text}`, result.outcome === outcome);
  }
}

async function balancer(play: Play): Promise<void> {
  const { cloud } = play;
  const { agent, namespace } = await speakerOf(cloud, 'internet1');
  const lb = cloud.topology.loadbalancers['shop'];
  if (lb === undefined) return;
  // Until it has asked them twice the balancer takes members for what they were before.
  for (const server of play.web) while (server.requests.length < 2) await server.next();
  const host = await cloud.cluster.agent(lb.host);
  for (const member of ['web1-eth0', 'web2-eth0']) await untilMember(host, lb, member, 'ONLINE', 15);
  const answers: string[] = [];
  await play.act(
    `internet1 asks ${BALANCED} four times`,
    async () => {
      for (let at = 0; at < 4; at++) {
        const answer = await http(agent, namespace, BALANCED);
        answers.push(answer.outcome === 'response' ? (answer.seen?.server ?? 'nobody') : answer.outcome);
      }
    },
    oneEach(),
  );
  const turns = answers.filter((one) => one === 'web1').length;
  const inTurn = turns === 2 && answers.every((one, at) => one !== answers[at + 1]);
  play.finds(`answered by ${answers.join(', ')}: each in its turn`, inTurn);
}

/** The first packet to the balancer, and the first that it sends to a member. */
function oneEach(): (journey: CheckedJourney) => boolean {
  const told = new Set<string>();
  return (journey) => {
    const { from = 'internet1' } = journey;
    if (!isFirst(journey) || told.has(from) || told.size === 2) return false;
    told.add(from);
    return true;
  };
}

async function migration(play: Play): Promise<void> {
  const { agent, namespace } = await speakerOf(play.cloud, 'internet1');
  await echo(play, 'internet1', FLOATING, () => false, 'before the move: ');
  await using talk = await stream(agent, namespace, FLOATING);
  await using others = await stream(await play.cloud.guests(), 'web2', INTERNET);
  await talk.answered(20);
  await play.api.servers.migrate('web1', { host: 'compute2' });
  await talk.answered(20);
  const result = await talk.stop();
  const { sent, lost, duplicated, reordered, longest_gap_ms } = result;
  const { within } = judgeGap(MOVE_BUDGET, result, await others.stop());
  const gap = `${lost.length} of ${sent} packets lost, ${Math.round(longest_gap_ms)} ms without an answer`;
  if (within === 'too-busy') play.finds(`${gap}: too busy a machine to judge it`, 'inconclusive');
  else play.finds(gap, within === 'within');
  play.finds('none came twice or out of order', duplicated.length + reordered.length === 0);
  await echo(play, 'internet1', FLOATING, isRequest, 'after the move: ');
}
