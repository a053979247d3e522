// A program that is ended while it works: node victim.fixture.ts <name> <image> <signal> <where>
// where: a stage of the start, or apply, observe, down, ping (of a cloud of its own), apply-kept (of a cloud that is up)
import { setTimeout as after } from 'node:timers';
import { findEngine } from '../engine/index.ts';
import { ping } from '../probe/index.ts';
import { Cloud } from './cloud.ts';
import { smallCloud, tinyCloud } from './small-cloud.fixture.ts';

const [name = '', image = '', signal = '', where = ''] = process.argv.slice(2);
const controller = new AbortController();
const { promise: interrupted, reject } = Promise.withResolvers<never>();
for (const each of ['SIGINT', 'SIGTERM'] as const) {
  process.on(each, () => {
    controller.abort(new Error(each));
    reject(new Error(each));
  });
}
interrupted.catch(() => undefined); // told by whoever waits for it

const endMe = (): void => {
  process.kill(process.pid, signal);
};
/** The work has been under way for a while when the signal comes, and has not ended. */
const inTheMiddle = <T>(work: Promise<T>, ms = 5): Promise<T> => {
  after(endMe, ms);
  return Promise.race([work, interrupted]);
};

const engine = await findEngine({ allowSetup: false, log: () => undefined });

const work = async (): Promise<void> => {
  if (where === 'apply-kept') {
    await using cloud = await Cloud.connect({ engine, name });
    const servers = { web1: 'compute1', web2: 'compute2', web3: 'compute1', web4: 'compute2' };
    const four = smallCloud({ servers });
    await inTheMiddle(cloud.apply(four, { signal: controller.signal, keep: true }), 40);
    return;
  }
  await using cloud = await Cloud.up({
    topology: tinyCloud(),
    engine,
    image,
    name,
    datapathType: 'netdev',
    lifetime: ['apply', 'observe', 'down', 'ping'].includes(where) ? 'process' : 'kept',
    signal: controller.signal,
    onStage: (stage) => {
      if (stage === where) endMe();
    },
  });
  if (where === 'apply')
    await inTheMiddle(cloud.apply(tinyCloud(['web2', 'web3', 'web4']), { signal: controller.signal }));
  if (where === 'observe')
    await inTheMiddle(
      cloud.observe(() => new Promise<void>(() => undefined)),
      50,
    );
  if (where === 'down') await inTheMiddle(cloud.down());
  // Nobody answers: the request is out when the end comes.
  if (where === 'ping')
    await inTheMiddle(ping(await cloud.guests(), 'web1', '10.0.1.99', { timeout: 20 }), 50);
  await interrupted;
};

try {
  await work();
} catch (error) {
  if (!controller.signal.aborted) throw error;
}
process.exit(130);
