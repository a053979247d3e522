/** What traffic leaves behind (learned addresses and flows, neighbours, MTUs of paths, connections), taken back. */
import type { Cluster } from '../engine/index.ts';
import { GUESTS, LEARNED_COOKIE, type NodeState } from '../state/index.ts';

type Operation = readonly [operation: string, parameters: object];

function forgetOperations(name: string, state: NodeState): Operation[] {
  const operations: Operation[] = [];
  for (const bridge of Object.keys(state.bridges)) {
    operations.push(['unixctl', { method: 'fdb/flush', parameters: [bridge] }]);
  }
  const learners = new Set(
    Object.values(state.flows).flatMap((flow) => (flow.actions.includes('learn(') ? [flow.bridge] : [])),
  );
  for (const bridge of learners) {
    operations.push([
      'run',
      { argv: ['ovs-ofctl', '-O', 'OpenFlow14', 'del-flows', bridge, `cookie=${LEARNED_COOKIE}/-1`] },
    ]);
  }
  if (Object.values(state.flows).some((flow) => flow.actions.includes('ct('))) {
    operations.push(['unixctl', { method: 'dpctl/flush-conntrack', parameters: [] }]);
  }
  for (const { name: namespace, netfilter } of Object.values(state.namespaces)) {
    // The guests' node has none of its own.
    if (name === GUESTS && namespace === '') continue;
    // A stack also remembers the MTU of a path (RFC 1191, 6.3, and RFC 8201, 5.3).
    const cache = 'route flush cache\n';
    operations.push(['namespace', { namespace, ip: `neigh flush all\n${cache}`, ip6: cache }]);
    if (Object.keys(netfilter).length > 0) operations.push(['run', { argv: ['conntrack', '-F'], namespace }]);
  }
  return operations;
}

/** All nodes at once. */
export async function forget(cluster: Cluster): Promise<void> {
  await Promise.all(
    Object.entries(cluster.state.nodes).map(async ([name, state]) => {
      const operations = forgetOperations(name, state);
      if (operations.length === 0) return;
      const agent = await cluster.agent(name);
      await agent.request('batch', { steps: operations });
    }),
  );
}
