import { createRequire } from 'node:module';
import type Dockerode from 'dockerode';

export type DockerodeClass = typeof Dockerode;

let loaded: DockerodeClass | undefined;

/**
 * The dockerode class, without the two thirds of its loading time that go into SSH tunnels and BuildKit sessions:
 * those modules are loaded when one of them is called.
 */
export function loadDockerode(): DockerodeClass {
  if (loaded) return loaded;
  const require = createRequire(import.meta.url);
  const within = createRequire(require.resolve('dockerode'));
  postpone(within, within.resolve('./session.js'));
  const modem = createRequire(within.resolve('docker-modem'));
  postpone(modem, modem.resolve('./ssh.js'));
  // oxlint-disable-next-line no-unsafe-assignment -- require has no types
  loaded = require('dockerode') as DockerodeClass;
  return loaded;
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Puts a function in the place of a module that exports one function; the module is loaded by its first call. */
function postpone(require: NodeJS.Require, path: string): void {
  if (require.cache[path]) return;
  const placeholder: AnyFunction = (...args) => {
    if (require.cache[path]?.exports === placeholder) delete require.cache[path];
    const real = require(path) as AnyFunction;
    return real(...args);
  };
  const stub = { id: path, filename: path, loaded: true, exports: placeholder, children: [], paths: [] };
  require.cache[path] = stub as unknown as NodeJS.Module;
}
