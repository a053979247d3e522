import type { Finding, FindingStatus } from '../../engine/find/doctor.ts';
import { diagnose } from '../../engine/find/doctor.ts';
import { EXIT } from '../../errors/index.ts';
import type { Context, Result } from '../context.ts';
import { count } from '../terminal/table.ts';

export async function doctor(context: Context): Promise<Result> {
  const { signal, progress } = context;
  progress.step('asking the engine and a throw-away node');
  const findings = await diagnose({ signal, log: (line) => progress.note(line) });
  context.print(findingsText(findings, context));
  const missing = findings.filter(({ status }) => status === 'missing').length;
  const degraded = findings.filter(({ status }) => status === 'degraded').length;
  const well = `${count(findings.length - missing - degraded, 'finding')} fine`;
  context.print(`\n${well}, ${degraded} with less than there could be, ${missing} missing`);
  return {
    exitCode: missing > 0 ? EXIT.environment : EXIT.passed,
    json: { ok: missing === 0, findings },
  };
}

/** One line each, and under it what to do. */
export function findingsText(findings: readonly Finding[], { paint }: Pick<Context, 'paint'>): string {
  const signs: Readonly<Record<FindingStatus, string>> = {
    ok: paint('green', '✓'),
    degraded: paint('yellow', '!'),
    missing: paint('red', '✗'),
  };
  const width = Math.max(...findings.map(({ title }) => title.length));
  return findings
    .flatMap(({ status, title, detail, remedy }) => [
      `${signs[status]} ${title.padEnd(width)}  ${status === 'ok' ? paint('dim', detail) : detail}`,
      ...(remedy === undefined || status === 'ok'
        ? []
        : remedy.split('\n').map((line) => `  ${' '.repeat(width)}  ${paint('cyan', `try: ${line}`)}`)),
    ])
    .join('\n');
}
