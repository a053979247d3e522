/** Connections that a router translates, and what becomes of them when another host takes over. */
import { expect } from 'vitest';
import type { Cloud, Observed } from '../../src/cloud/index.ts';
import { openTcp, type SegmentOutcome, serve, stream } from '../../src/probe/index.ts';
import { scenarios, type Stage } from '../../src/scenario/index.ts';
import { killKeepalived } from './breaking.ts';
import {
  activeHost,
  budget,
  FAST,
  INTERNET,
  NEEDS,
  otherHost,
  placeOf,
  redundant,
  untilActiveOn,
} from './redundancy.ts';

/** A segment of a connection to a port of internet1: what came of it, and from which port it left by which host. */
interface Spoken {
  readonly outcome: string;
  readonly left: readonly { readonly host: string | undefined; readonly port: number | undefined }[];
}

function spoken({ value, observation }: Observed<SegmentOutcome>, server: number): Spoken {
  const sightings = observation.packets.flatMap((packet) => packet.sightings);
  const out = sightings.filter(
    ({ point, direction, headers }) =>
      direction === 'out' && point.includes(':qg-') && headers.dst_port === server,
  );
  const ways = out.map(({ point, headers }) => ({ host: point.split(':')[0], port: headers.src_port }));
  const left = [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
  return { outcome: value.outcome, left };
}

/** A connection from a server without a floating IP is open while the router goes to the other host. */
async function overFailOver({ cloud, watch }: Stage, conntrackd: boolean): Promise<[Spoken, Spoken]> {
  const host = await activeHost(cloud);
  const other = otherHost(host);
  const outside = await cloud.cluster.agent('internet1');
  const guests = await cloud.guests();
  await using server = await serve(outside, '', 'tcp');
  const before = await watch('a connection, and a segment before the fail-over', async () => {
    const opened = connected(await openTcp(guests, 'blue2', INTERNET, server.port));
    return { opened, ...(await opened.send({ timeout: 5 })) };
  });
  await using talk = before.value.opened;
  if (conntrackd) await untilTold(cloud, other, server.port);
  await using _killed = await killKeepalived(cloud, placeOf(cloud, host), 'parent');
  await untilActiveOn(cloud, [other]);
  // What other packets find there and back is not what keeps this one.
  await using way = await stream(guests, 'blue2', INTERNET);
  await way.answered(1, budget(cloud) + 5);
  await way.stop();
  if (conntrackd) await untilTakenUp(cloud, other, server.port);
  // Without conntrackd the router has forgotten it; filters at the server's port have not.
  const connections = before.connections.filter(({ zone }) => conntrackd || zone !== 'router r1');
  const after = await watch('a segment after it', () => talk.send({ timeout: 5 }), { connections });
  return [spoken(before, server.port), spoken(after, server.port)];
}

/** Until conntrackd of a standby has been told of a connection: what it was not told before, nobody tells it after. */
async function untilTold(cloud: Cloud, node: string, port: number): Promise<void> {
  const { namespace } = placeOf(cloud, node);
  const name = `conntrackd-${namespace.replace('qrouter-', '')}`;
  const conf = cloud.cluster.state.nodes[node]?.processes[name]?.files.find((file) => file.endsWith('.conf'));
  if (conf === undefined) throw new Error(`no ${name} on ${node}`);
  await untilListed(cloud, node, ['conntrackd', '-C', conf, '-e'], port);
}

/** Until the kernel of a host has a connection that conntrackd was told of: before, it would be translated anew. */
const untilTakenUp = (cloud: Cloud, node: string, port: number): Promise<void> =>
  untilListed(cloud, node, ['conntrack', '-L', '-p', 'tcp'], port);

async function untilListed(cloud: Cloud, node: string, argv: readonly string[], port: number): Promise<void> {
  const { namespace } = placeOf(cloud, node);
  const agent = await cloud.cluster.agent(node);
  const list = async (): Promise<string> => (await agent.run([...argv], { namespace })).stdout;
  await expect.poll(list, { timeout: 5000, message: `${argv[0]} on ${node}` }).toContain(`dport=${port}`);
}

type Opened = Awaited<ReturnType<typeof openTcp>>;

function connected(opened: Opened): Extract<Opened, { outcome: 'open' }> {
  if (opened.outcome === 'open') return opened;
  throw new Error(`blue2 has no connection to ${INTERNET}: ${opened.outcome}`);
}

/** There and back again: each of the two hosts takes over once. */
const TIMES = 2;

/**
 * Without conntrackd the new host has never seen the connection, and takes its next segment for the first one
 * (nf_conntrack_tcp_loose): it draws a port for it among 64512 (--random-fully), and the far end, which knows no such
 * connection, resets it (RFC 9293, 3.5.2).
 */
for (const { how, conntrackd, outcome, title } of [
  {
    how: 'with conntrackd',
    conntrackd: true,
    outcome: 'echoed',
    title: 'survives a fail-over, and one more back again: it keeps its port',
  },
  {
    how: 'without conntrackd',
    conntrackd: false,
    outcome: 'reset',
    title: 'does not survive a fail-over: it leaves by another port then',
  },
] as const) {
  const cloud = redundant({ ...FAST, ha_conntrackd_enabled: conntrackd });
  const scenario = scenarios({ cloud, capability: 'vrrp', pattern: how });

  scenario(`a connection that the router translates ${title}`, { needs: NEEDS }, async (stage) => {
    for (let time = 0; time < TIMES; time++) {
      const host = await activeHost(stage.cloud);
      const [before, after] = await overFailOver(stage, conntrackd);
      const [first, second] = [before.left[0]?.port, after.left[0]?.port];
      expect(before).toEqual({ outcome: 'echoed', left: [{ host, port: first }] });
      expect(after).toEqual({ outcome, left: [{ host: otherHost(host), port: second }] });
      expect(second === first, `port ${first}, then ${second}: the same`).toBe(conntrackd);
    }
  });
}
