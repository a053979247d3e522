// A process that is killed while it makes containers: node victim.fixture.ts <run> <image>
import { findEngine } from '../find/index.ts';
import { ownerLabels, startWatchdog } from './index.ts';

const [run = '', image = ''] = process.argv.slice(2);
const engine = await findEngine({ allowSetup: false, log: () => undefined });
startWatchdog(engine, run);

const make = (node: string) =>
  engine.docker.createContainer({
    Image: image,
    Cmd: ['sleep', '60'],
    Labels: ownerLabels({ run, name: 'victim', node, lifetime: 'process' }),
    HostConfig: { NetworkMode: 'none' },
  });

const first = await Promise.all([make('one'), make('two')]);
await Promise.all(first.map((container) => container.start()));
const pending = Promise.all(['three', 'four', 'five', 'six'].map(make));
console.log('making');
await pending;
await new Promise(() => setInterval(() => undefined, 1000));
