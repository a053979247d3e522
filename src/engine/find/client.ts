import type Dockerode from 'dockerode';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { loadDockerode } from './dockerode.ts';

/**
 * A client of the engine at `unix:///path`, a bare path, `tcp://host:port` or `ssh://user@host`.
 *
 * @throws NetdojoError ND_ENGINE_UNREACHABLE for what is none of these
 */
export function clientFor(address: string): Dockerode {
  const Client = loadDockerode();
  if (address.startsWith('/')) return new Client({ socketPath: address });
  if (address.startsWith('unix://')) return new Client({ socketPath: address.slice('unix://'.length) });
  // docker-modem itself reads DOCKER_HOST with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH when told nothing.
  if (address === process.env['DOCKER_HOST']) return new Client();
  const url = URL.parse(address);
  if (url === null) {
    throw new NetdojoError(`not an engine's address: ${address}`, {
      code: 'ND_ENGINE_UNREACHABLE',
      exitCode: EXIT.environment,
      expected: 'unix:///path, tcp://host:port or ssh://user@host',
    });
  }
  if (url.protocol === 'ssh:') {
    return new Client({ protocol: 'ssh', host: url.hostname, port: url.port || 22, username: url.username });
  }
  return new Client({ protocol: 'http', host: url.hostname, port: url.port || 2375 });
}
