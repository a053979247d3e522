import type Dockerode from 'dockerode';

export type EngineSource = 'docker-host' | 'running' | 'private';

export interface Engine {
  readonly docker: Dockerode;
  readonly how: EngineSource;
  /** Whether it was this process that started it. */
  readonly started: boolean;
  /** Path of the Unix socket, or the URL of an engine elsewhere. */
  readonly socket: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Stops the private engine when it holds no container any more; tells whether it did. */
  stopIfIdle(): Promise<boolean>;
}
