/** What `ping` and `send` have in common: probes between servers, one after the other, and what is said of them. */
import type { Cloud } from '../../cloud/cloud.ts';
import { destinationOf, type Exchange } from '../../cloud/send.ts';
import type { Context, Result } from '../context.ts';
import { explained } from '../explain-check.ts';
import { beHeard } from '../running/heard.ts';
import { withCloud } from '../running/with-cloud.ts';
import { checkJson, EXIT_OF, type Fate, fateOf, gravest, tellCheck, verdictLine } from '../tell-check.ts';

export interface ExchangeInput {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly size?: number;
  readonly df?: boolean;
  readonly ttl?: number;
  readonly cloud?: string;
  readonly report?: boolean;
  /** Tell what the bridges did as well. */
  readonly bridges?: boolean;
}

export interface Kind<Outcome> {
  readonly command: 'ping' | 'send';
  readonly send: (cloud: Cloud) => Promise<Exchange<Outcome>>;
  /** What the sender got, in words. */
  readonly outcomeText: (outcome: Outcome) => string;
}

export async function exchanges<Outcome extends object>(
  context: Context,
  input: ExchangeInput,
  { command, send, outcomeText }: Kind<Outcome>,
): Promise<Result> {
  return await withCloud(context, input.cloud, async (cloud) => {
    const address = destinationOf(cloud, input.from, input.to);
    await beHeard(cloud);
    const record = input.report ? await newRecord(command, cloud) : undefined;
    const to = input.to === address ? address : `${input.to} (${address})`;
    context.print(`${context.paint('bold', `${command} ${input.from} → ${to}`)} in ${cloud.name}\n`);
    const fates: Fate[] = [];
    const answers: object[] = [];
    for (let number = 0; number < input.count; number++) {
      const started = performance.now();
      const sent = await send(cloud);
      const exchange = await explained(cloud, sent, sent.observed.frames, input.bridges ? 'all' : 'failed');
      const { observation, down, switchLosses } = exchange.observed;
      const checked = { check: exchange, dropped: observation.dropped, down, switchLosses };
      tellCheck(context, checked);
      context.print(`${outcomeText(exchange.outcome)}\n${verdictLine(context, checked)}`);
      if (number + 1 < input.count) context.print('');
      fates.push(fateOf(checked));
      answers.push({ verdict: exchange.verdict, outcome: exchange.outcome, ...checkJson(checked) });
      record?.add({
        name: `${command} ${input.from} to ${input.to}`,
        capability: 'command line',
        steps: [
          {
            title: `${command} ${number + 1}`,
            check: exchange,
            observed: exchange.observed,
            ms: performance.now() - started,
          },
        ],
      });
    }
    const paths = await record?.write();
    if (paths) context.print(`report: ${paths.html}`);
    const fate = gravest(fates);
    return {
      exitCode: EXIT_OF[fate],
      json: {
        cloud: cloud.name,
        from: input.from,
        to: input.to,
        address,
        result: fate,
        exchanges: answers,
        ...(paths && { report: paths.directory }),
      },
    };
  });
}

async function newRecord(command: string, cloud: Cloud): Promise<import('../run-record.ts').RunRecord> {
  const { RunRecord } = await import('../run-record.ts');
  return new RunRecord(command, cloud);
}
