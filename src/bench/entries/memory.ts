/**
 * Memory, in a process of its own: what this program holds after everything has been captured during a TCP transfer,
 * what each node holds, and what a server adds. Prints one line of JSON; numbers are bytes.
 */
import { Cloud } from '../../cloud/index.ts';
import { serve, tcp } from '../../probe/index.ts';
import { labFor, startCloud, topologyWith } from '../lab.ts';

const SIZE = Number(process.argv[2] ?? 20_000_000);

const lab = labFor({ repeat: 1, log: (line) => process.stderr.write(`${line}\n`) });
await using cloud = await startCloud(lab);
const before = process.memoryUsage.rss();
const nodes = await memoryOfNodes(cloud);

const transfer = await observeTransfer(cloud);

const few = (await memoryOfNodes(cloud))['guests'] ?? 0;
await cloud.apply(await topologyWith(64, cloud));
const many = (await memoryOfNodes(cloud))['guests'] ?? 0;
await cloud.down();
process.stdout.write(`${JSON.stringify({ before, ...transfer, nodes, server: (many - few) / 64 })}\n`);
process.exit(0);

async function observeTransfer(running: Cloud): Promise<object> {
  const guests = await running.guests();
  await using server = await serve(guests, 'web2', 'tcp');
  const { value, frames, observation } = await running.observe(() =>
    tcp(guests, 'web1', running.address('web2'), server.port, { size: SIZE, timeout: 60 }),
  );
  const captured = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
  return {
    after: process.memoryUsage.rss(),
    // Kilobytes, as getrusage(2) has it.
    peak: process.resourceUsage().maxRSS * 1024,
    outcome: value.outcome,
    frames: frames.length,
    captured,
    dropped: observation.dropped,
  };
}

/** By the nodes' control groups, without what the kernel could give back at once. */
async function memoryOfNodes({ cluster }: Cloud): Promise<Record<string, number>> {
  const entries = cluster.nodes.map(async (node): Promise<[string, number]> => {
    const container = cluster.engine.docker.getContainer(cluster.containerId(node));
    const { memory_stats } = await container.stats({ stream: false, 'one-shot': true });
    const { usage = 0, stats } = memory_stats as { usage?: number; stats?: Record<string, number> };
    return [node, usage - (stats?.['inactive_file'] ?? stats?.['total_inactive_file'] ?? 0)];
  });
  return Object.fromEntries(await Promise.all(entries));
}
