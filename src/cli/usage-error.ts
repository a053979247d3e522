/** commander's complaints as errors of ours. */
import type { CommanderError } from 'commander';
import { EXIT, NetdojoError } from '../errors/index.ts';

/** What commander puts behind a message when it has an idea. */
const SUGGESTION = /\n\(Did you mean (?<names>[^?]*)\?\)$/;

/** `command` is the one that was being parsed, such as `netdojo up`. */
export function usageError({ message }: Pick<CommanderError, 'message'>, command: string): NetdojoError {
  const suggested = SUGGESTION.exec(message)?.groups?.['names'];
  const text = message
    .replace(SUGGESTION, '')
    .replace(/^error: /, '')
    .replace(/\.$/, '');
  const hints = [
    ...(suggested === undefined ? [] : [`did you mean ${suggested}?`]),
    // Whose option it was is only sure behind the two dashes.
    ...(command.endsWith(' exec') && text.startsWith('unknown option')
      ? ['netdojo exec <place> -- <command> with its own options']
      : []),
    `${command} --help`,
  ];
  return new NetdojoError(text, { code: 'ND_USAGE', hint: hints.join('\n'), exitCode: EXIT.usage });
}
