import type { Cluster } from '../engine/index.ts';

/**
 * Empties the caches of Open vSwitch's datapaths. A cached decision (such as "flood: nobody knows this address") goes
 * on for up to half a second after the switch has learned better, and `revalidator/wait` does not end it for sure.
 * Counters of flows are kept.
 */
export async function forgetShortcuts(cluster: Cluster): Promise<void> {
  const switches = Object.entries(cluster.state.nodes).filter(
    ([, { bridges }]) => Object.keys(bridges).length > 0,
  );
  await Promise.all(
    switches.map(async ([node]) => {
      const agent = await cluster.agent(node);
      await agent.request('unixctl', { method: 'revalidator/purge' });
    }),
  );
}
