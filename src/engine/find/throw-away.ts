import { text } from 'node:stream/consumers';
import { messageOf } from '../../errors/index.ts';
import { ownerLabels } from '../own/labels.ts';
import type { Engine } from './engine.ts';

/** What a node's container is given: these capabilities instead of `--privileged`, and no network. */
const NODE_LIKE = {
  NetworkMode: 'none',
  CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'IPC_LOCK', 'SYS_NICE'],
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  Tmpfs: { '/run': '' },
};

const TUN = { PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' };

export type ThrowAwayOptions = {
  readonly image: string;
  readonly script: string;
  readonly hostProcesses?: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** Runs a shell script in a container like a node's, and removes the container; returns what it printed. */
export async function runThrowAway({ docker }: Engine, options: ThrowAwayOptions): Promise<string> {
  const { image, script, hostProcesses = false, signal } = options;
  const attempt = async (devices: (typeof TUN)[]): Promise<string> => {
    const container = await docker.createContainer({
      Image: image,
      Cmd: ['sh', '-c', script],
      NetworkDisabled: true,
      Tty: true, // one plain stream instead of two in frames
      Labels: ownerLabels({ run: `probe-${process.pid}`, name: 'probe', node: 'probe', lifetime: 'process' }),
      HostConfig: { ...NODE_LIKE, Devices: devices, ...(hostProcesses ? { PidMode: 'host' } : {}) },
      ...(signal ? { abortSignal: signal } : {}),
    });
    try {
      const stream = await container.attach({ stream: true, stdout: true, stderr: true });
      const output = text(stream);
      await container.start();
      return await output;
    } finally {
      await container.remove({ force: true, v: true });
    }
  };
  try {
    return await attempt([TUN]);
  } catch (error) {
    // A kernel without TUN is something to report, not a reason to report nothing.
    if (!messageOf(error).includes('/dev/net/tun')) throw error;
    return await attempt([]);
  }
}
