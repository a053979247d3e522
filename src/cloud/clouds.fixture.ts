/** Small clouds on the engine, for tests that break them. */
import { expect } from 'vitest';
import { listOwned, type Owned } from '../engine/own/index.ts';
import { type Lab, needsEngine } from '../engine/testing/lab.fixture.ts';
import { formatError } from '../errors/index.ts';
import { Cloud, type UpOptions } from './cloud.ts';
import { sendPing } from './send.ts';
import { smallCloud } from './small-cloud.fixture.ts';

export interface CloudsForTests {
  readonly lab: Lab;
  readonly up: (name: string, options?: Partial<UpOptions>) => Promise<Cloud>;
  readonly owned: (name: string) => Promise<Owned[]>;
}

export async function cloudsForTests(): Promise<CloudsForTests> {
  const lab = await needsEngine();
  return {
    lab,
    up: (name, options) =>
      Cloud.up({
        ...lab,
        topology: smallCloud(),
        name,
        datapathType: 'netdev',
        lifetime: 'process',
        ...options,
      }),
    owned: async (name) => (await listOwned(lab.engine.docker)).filter((one) => one.name === name),
  };
}

/** The text that the user sees, with the names that differ from run to run made alike. */
export async function told(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return formatError(error).replaceAll(/test-[a-z]+-[0-9a-f]{6}/gu, 'CLOUD');
  }
  throw new Error('nothing failed');
}

/** A packet arrives, on the way that the oracle predicts and nowhere else. */
export async function expectDelivery(cloud: Cloud, from = 'web1', to = 'web2'): Promise<void> {
  expect(await sendPing(cloud, { from, to })).toMatchObject({ ok: true, verdict: 'delivered' });
}
