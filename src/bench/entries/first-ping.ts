/**
 * What `netdojo up` does from the start of the program, then one ping across hosts, then down. Prints `ping` when the
 * ping was answered, and at the end when what was reached, as JSON: milliseconds since the process began.
 */
const marks: [string, number][] = [];
const mark = (name: string): void => void marks.push([name, performance.now()]);
mark('process');

// What the command loads, its own frame included.
await import('../../cli/run.ts');
const { Cloud } = await import('../../cloud/cloud.ts');
const { ensureNodeImage, findEngine, sweep } = await import('../../engine/index.ts');
const { probeDatapath } = await import('../../engine/find/index.ts');
const { ping } = await import('../../probe/index.ts');
const { loadCloud } = await import('../../topology/index.ts');
const { BASE_DOCUMENT } = await import('../lab.ts');
mark('imports');

const topology = await loadCloud(BASE_DOCUMENT);
mark('document');

const options = { allowSetup: false, log: (line: string) => process.stderr.write(`${line}\n`) };
const engine = await findEngine(options);
mark('engine');
const trace = process.argv.includes('--trace')
  ? (await import('./trace.ts')).startTrace(engine.docker)
  : undefined;
const prepare = async () => {
  const image = await ensureNodeImage(engine, options);
  return { image, datapathType: await probeDatapath(engine, { image }) };
};
const [ready] = await Promise.all([prepare(), sweep(engine)]);
mark('image');

await using cloud = await Cloud.up({
  ...ready,
  engine,
  topology,
  name: `bench-up-${process.pid}`,
  lifetime: 'process',
  onStage: mark,
});
mark('up');

const guests = await cloud.guests();
let tries = 0;
do tries++;
while (
  (await ping(guests, 'web1', cloud.address('web2'), { timeout: 0.1 })).outcome !== 'reply' &&
  tries < 100
);
mark('ping');
process.stdout.write('ping\n');
if (trace) process.stderr.write(`${trace.text()}\n`);

await cloud.down();
mark('down');
process.stdout.write(`${JSON.stringify({ origin: performance.timeOrigin, tries, marks })}\n`);
process.exit(0);
