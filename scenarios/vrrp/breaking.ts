/** How stories break the hosts of routers with ha, and mend them. */
import { type Cloud, forgetShortcuts } from '../../src/cloud/index.ts';
import { activeHost, otherHost, type Place, placeOf, untilActiveOn } from './redundancy.ts';

/** Something that is broken until it is mended; disposing mends it. */
export interface Broken extends AsyncDisposable {
  mend(): Promise<void>;
}

function broken(mend: () => Promise<void>): Broken {
  let done = false;
  const once = async (): Promise<void> => {
    if (done) return;
    done = true;
    await mend();
  };
  return { mend: once, [Symbol.asyncDispose]: once };
}

/**
 * Open vSwitch counts packets up to half a second late, and what they taught a switch (by MAC table or learn()) it
 * takes up then, even if an announcement has taught it better meanwhile. Whoever sends nothing that the new host
 * answers would look for the router on the old one until somebody speaks. So nothing is left to be counted when
 * something breaks (or, where the old host falls silent at once, when it has), where no stream makes the new host speak.
 */
const nothingToCount = (cloud: Cloud): Promise<void> => forgetShortcuts(cloud.cluster);

async function link(cloud: Cloud, { node, namespace, device }: Place, state: 'up' | 'down'): Promise<void> {
  const agent = await cloud.cluster.agent(node);
  await agent.run(['ip', 'link', 'set', 'dev', device, state], { namespace });
}

/** A device without link. */
export async function linkDown(cloud: Cloud, place: Place): Promise<Broken> {
  await link(cloud, place, 'down');
  await nothingToCount(cloud);
  return broken(() => link(cloud, place, 'up'));
}

/** A router where it shall be. */
export async function makeActive(cloud: Cloud, host: string): Promise<void> {
  if ((await activeHost(cloud)) === host) return;
  await using _down = await linkDown(cloud, placeOf(cloud, otherHost(host)));
  await untilActiveOn(cloud, [host]);
}

/**
 * Ends processes of a router's keepalived by SIGKILL: both, as when a host runs out of memory, or the parent alone.
 * Mending starts it again, as the L3 agent's process monitor does.
 */
export async function killKeepalived(
  cloud: Cloud,
  { node, namespace }: Place,
  which: 'both' | 'parent' | 'child',
): Promise<Broken> {
  const agent = await cloud.cluster.agent(node);
  const name = `keepalived-${namespace.replace('qrouter-', '')}`;
  const process = cloud.cluster.state.nodes[node]?.processes[name];
  const pid = process?.argv[process.argv.indexOf('-p') + 1];
  if (process === undefined || pid === undefined) throw new Error(`no ${name} on ${node}`);
  await nothingToCount(cloud);
  // The child first: it takes itself for orphaned when the parent goes, and would say goodbye.
  const files = { parent: pid, child: `${pid}-vrrp`, both: `${pid}-vrrp ${pid}` };
  await agent.run(['sh', '-c', `kill -9 $(cat ${files[which]})`]);
  return broken(async () => {
    if (which === 'child') return;
    const { argv } = process;
    // A child that is still on its way out keeps a new one from starting; the L3 agent ends it as well.
    await agent.run(['sh', '-c', `kill -9 $(cat ${files.child}) 2>/dev/null; rm -f ${files.both}`]);
    await agent.request('process-start', { name, argv, namespace });
  });
}

/** A node that hangs: none of its processes runs, and packets get no further than its NICs. */
export async function pauseNode(cloud: Cloud, node: string): Promise<Broken> {
  await nothingToCount(cloud);
  const container = cloud.cluster.engine.docker.getContainer(cloud.cluster.containerId(node));
  await container.pause();
  return broken(async () => {
    await container.unpause();
  });
}

/** Above all other flows of br-int, below those that bring markers back. */
const ABOVE_ALL = 60_000;

/** Nothing of VRRP gets out of a host's device on the HA network, while everything else goes its way. */
export async function muteVrrp(cloud: Cloud, host: string): Promise<AsyncDisposable> {
  const { device } = placeOf(cloud, host);
  const port = cloud.cluster.state.nodes[host]?.ports[device]?.ofport;
  const agent = await cloud.cluster.agent(host);
  const match = `in_port=${port},ip,nw_proto=112`;
  await agent.run(['ovs-ofctl', 'add-flow', 'br-int', `priority=${ABOVE_ALL},${match},actions=drop`]);
  return {
    [Symbol.asyncDispose]: async () => {
      await agent.run(['ovs-ofctl', '--strict', 'del-flows', 'br-int', `priority=${ABOVE_ALL},${match}`]);
    },
  };
}
