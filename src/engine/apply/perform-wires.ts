/** Lays cables and takes them away. */
import { GUESTS, type WireEnd, type WireState } from '../../state/index.ts';
import type { Agent } from '../agent/connection.ts';
import { allEnded } from './all-ended.ts';
import { addWire } from './ip-batch.ts';
import type { PerformNode } from './perform.ts';
import type { Replug, Steps } from './steps.ts';

/** Sockets that agents keep at the ends of cables would keep the namespaces of servers that go. */
async function forgetEnds(steps: Steps, node: (name: string) => PerformNode): Promise<void> {
  const ends = Map.groupBy(
    [...steps.wires.remove.flatMap((wire) => wire.ends), ...steps.wires.replug.map(({ from }) => from)],
    (end) => end.node,
  );
  await allEnded(
    [...ends].map(async ([name, list]) => {
      const targets = list.map(({ namespace, device }) => [namespace, device]);
      await node(name).agent.request('forget-devices', { targets });
    }),
  );
}

/** The end by which a cable is pulled: the other goes with it. */
const nodesEnd = ({ ends }: WireState): WireEnd => ends.find((end) => end.node !== GUESTS) ?? ends[0];

/** Any number that no device bears of itself. */
const GONE_GROUP = 0x6e64;

/** Deleting a group of devices costs the kernel one waiting for its readers, deleting each by itself one each. */
function unplugAll(agent: Agent, namespace: string, ends: readonly WireEnd[]): Promise<unknown> {
  const marks = ends.map(({ device }) => `link set dev ${device} group ${GONE_GROUP}\n`);
  const stdin = `${marks.join('')}link del group ${GONE_GROUP}\n`;
  return agent.run(['ip', '-batch', '-'], { stdin, namespace });
}

/** From one host to another: one who sees both has to do it, and that is the guests' node. */
async function replugAll(
  replugs: readonly Replug[],
  node: (name: string) => PerformNode,
  at: (end: WireEnd) => string,
): Promise<void> {
  const bySource = Map.groupBy(replugs, ({ from }) => from.node);
  await allEnded(
    [...bySource].map(async ([name, list]) => {
      const lines = list.map(({ from, to, mtu }) => {
        const address = to.mac_address === undefined ? '' : ` address ${to.mac_address}`;
        return `link set dev ${from.device} name ${to.device}${address} mtu ${mtu} netns ${at(to)}\n`;
      });
      // A device that is up cannot have another name.
      const down = list.map(({ from }) => `link set dev ${from.device} down\n`);
      const argv = ['nsenter', `--net=/proc/${node(name).pid}/ns/net`, 'ip', '-batch', '-'];
      await node(GUESTS).agent.run(argv, { stdin: [...down, ...lines].join('') });
    }),
  );
}

export async function performWires(
  steps: Steps,
  node: (name: string) => PerformNode,
  mending: boolean,
): Promise<void> {
  const at = (end: WireEnd): string => {
    if (end.node === GUESTS) return end.namespace;
    const { pid } = node(end.node);
    return end.namespace === '' ? String(pid) : `/proc/${pid}/root/run/netns/${end.namespace}`;
  };
  await forgetEnds(steps, node);
  // The kernel waits long before it lets go of a device: where nothing takes the place of what goes, nobody else does.
  const places = new Set(steps.wires.remove.flatMap(({ ends }) => ends.map(placeOf)));
  const inTheWay = [
    ...steps.wires.add.flatMap(({ ends }) => ends),
    ...steps.wires.replug.map(({ to }) => to),
  ].some((end) => places.has(placeOf(end)));
  const unplugged = unplug(steps, node, mending);
  if (inTheWay || mending || steps.guests.remove.length > 0) await unplugged;
  await allEnded([unplugged, plug(steps, node, at, mending)]);
}

const placeOf = ({ node, namespace, device }: WireEnd): string => `${node} ${namespace} ${device}`;

async function unplug(steps: Steps, node: (name: string) => PerformNode, mending: boolean): Promise<void> {
  if (mending) {
    // Either end may be what is left of an attempt.
    for (const { node: name, namespace, device } of steps.wires.remove.flatMap((wire) => wire.ends))
      await node(name).agent.request('unplug', { ends: [[namespace, device]] });
    return;
  }
  const ends = Map.groupBy(steps.wires.remove.map(nodesEnd), (end) => `${end.node} ${end.namespace}`);
  await allEnded(
    [...ends.values()].map(([first, ...others]) =>
      first ? unplugAll(node(first.node).agent, first.namespace, [first, ...others]) : Promise.resolve(),
    ),
  );
}

async function plug(
  steps: Steps,
  node: (name: string) => PerformNode,
  at: (end: WireEnd) => string,
  mending: boolean,
): Promise<void> {
  const lines: string[] = [];
  await replugAll(steps.wires.replug, node, at);
  const existing =
    mending && steps.guests.add.length + steps.guests.remove.length > 0
      ? new Set(await node(GUESTS).agent.request<string[]>('namespaces'))
      : new Set<string>();
  for (const name of steps.guests.remove) if (!mending || existing.has(name)) lines.push(`netns del ${name}`);
  for (const name of steps.guests.add) if (!existing.has(name)) lines.push(`netns add ${name}`);
  for (const wire of steps.wires.add) lines.push(addWire(wire, at));
  if (lines.length > 0)
    await node(GUESTS).agent.run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
