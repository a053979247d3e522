import { request } from 'node:http';

export type EngineAnswer = { readonly version: string; readonly apiVersion: string };

/** Why a socket did not answer, as an error code of the system (`ENOENT`, `EACCES`, `ECONNREFUSED`, `ETIMEDOUT`…). */
export type NoAnswer = { readonly refused: string };

/** Asks the engine behind a Unix socket for its name; `/version` would have it start three programs to answer. */
export function ping(socketPath: string, timeoutMs = 5000): Promise<EngineAnswer | NoAnswer> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      const server = String(response.headers['server'] ?? '');
      resolve(
        response.statusCode === 200
          ? {
              version: /^\w+\/(?<version>\S+)/.exec(server)?.groups?.['version'] ?? 'unknown',
              apiVersion: String(response.headers['api-version'] ?? 'unknown'),
            }
          : { refused: `HTTP ${response.statusCode}` },
      );
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    call.on('error', (error: NodeJS.ErrnoException) => resolve({ refused: error.code ?? error.message }));
    call.end();
  });
}

export const answered = (answer: EngineAnswer | NoAnswer): answer is EngineAnswer => 'version' in answer;
