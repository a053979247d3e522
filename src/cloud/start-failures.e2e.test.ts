import { describe, expect, onTestFinished, test } from 'vitest';
import { uniqueName } from '../engine/testing/lab.fixture.ts';
import type { Cloud } from './cloud.ts';
import { cloudsForTests, expectDelivery, told } from './clouds.fixture.ts';
import { tinyCloud } from './small-cloud.fixture.ts';

const { lab, up, owned } = await cloudsForTests();

describe('a start that fails', () => {
  test('because the image has no agent: says so and leaves nothing', async () => {
    const name = uniqueName('image');
    const base = lab.engine.docker.getContainer(
      (
        await lab.engine.docker.createContainer({
          Image: lab.image,
          Cmd: ['rm', '-f', '/usr/bin/python3'],
          Labels: { 'io.netdojo.test': name },
          HostConfig: { NetworkMode: 'none' },
        })
      ).id,
    );
    await base.start();
    await base.wait();
    await base.commit({ repo: name });
    await base.remove();
    onTestFinished(async () => void (await lab.engine.docker.getImage(name).remove()));
    const text = await told(up(name, { topology: tinyCloud(), image: name }));
    expect(text).toContain('ND_NODE_START: node compute1 did not start: (HTTP code 400)');
    expect(text).toContain('exec: "python3": executable file not found in $PATH');
    expect(await owned(name)).toEqual([]);
  });

  test('because the image is not there', async () => {
    const name = uniqueName('none');
    const text = await told(up(name, { topology: tinyCloud(), image: 'no-such-image:1' }));
    expect(text).toBe(`\
ND_NODE_START: node compute1 did not start: (HTTP code 404) no such container - No such image: no-such-image:1 
  on node compute1
  expected: an engine that gives a container NET_ADMIN, NET_RAW, SYS_ADMIN and /dev/net/tun
  because: (HTTP code 404) no such container - No such image: no-such-image:1 
  try: netdojo doctor`);
    expect(await owned(name)).toEqual([]);
  });

  test('because a second one has the name: exactly one wins, whole', async () => {
    const name = uniqueName('twice');
    const results = await Promise.allSettled([1, 2, 3].map(() => up(name, { topology: tinyCloud() })));
    const won = results.filter((result) => result.status === 'fulfilled');
    const lost = results.filter((result) => result.status === 'rejected');
    expect(won).toHaveLength(1);
    await using cloud = won[0]?.value as Cloud;
    for (const { reason } of lost) {
      expect(await told(Promise.reject(reason))).toBe(`\
ND_CLOUD_EXISTS: a cloud named CLOUD is up already
  expected: a name that no running cloud bears
  try: netdojo down CLOUD, or netdojo apply to change it`);
    }
    expect((await owned(name)).map((one) => one.run)).toEqual(Array(2).fill(cloud.cluster.run));
    await expectDelivery(cloud);
  });

  test('because it is aborted at any stage: leaves nothing, and the reason is what is thrown', async () => {
    await Promise.all(
      ['containers', 'switches', 'wires', 'settings'].map(async (at) => {
        const name = uniqueName('abort');
        const controller = new AbortController();
        const reason = new Error(at);
        const start = up(name, {
          topology: tinyCloud(),
          signal: controller.signal,
          onStage: (stage) => stage === at && controller.abort(reason),
        });
        await expect(start).rejects.toBe(reason);
        expect(await owned(name)).toEqual([]);
      }),
    );
  });
});
