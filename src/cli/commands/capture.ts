import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { describe, dissect, PcapngWriter } from 'tcpdump-parser';
import type { Cloud } from '../../cloud/cloud.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Point } from '../../journey/index.ts';
import type { Context, Result } from '../context.ts';
import { type LiveFrame, pointsNamed, startCapture } from '../running/live-capture.ts';
import { withCloud } from '../running/with-cloud.ts';
import { count, table } from '../terminal/table.ts';

export interface CaptureInput {
  readonly point: readonly string[];
  readonly cloud?: string;
  readonly list?: boolean;
  readonly count?: number;
  readonly write?: string;
}

/** Where frames go. */
interface Sink {
  frame(frame: LiveFrame): void;
  end(): Promise<void>;
}

export async function capture(context: Context, input: CaptureInput): Promise<Result> {
  if (input.list) return await list(context, input.cloud);
  if (input.point.length === 0) {
    throw new NetdojoError("missing required argument 'point'", {
      code: 'ND_USAGE',
      hint: 'netdojo capture --list\nnetdojo capture --help',
      exitCode: EXIT.usage,
    });
  }
  // Ctrl-C is how a capture ends: the cloud is let go of in order.
  const patient = { ...context, signal: new AbortController().signal };
  return await withCloud(patient, input.cloud, async (cloud) => follow(context, cloud, input));
}

async function follow(context: Context, cloud: Cloud, input: CaptureInput): Promise<Result> {
  const { signal, progress, output } = context;
  const points = pointsNamed(cloud, input.point);
  const sink = sinkFor(context, cloud, [...points.keys()], input.write);
  const full = new AbortController();
  const { count: limit = Number.POSITIVE_INFINITY } = input;
  let seen = 0;
  const live = await startCapture(cloud, points, (frame) => {
    if (seen >= limit) return;
    seen++;
    sink.frame(frame);
    if (seen >= limit) full.abort();
  });
  progress.note(`capturing at ${count(points.size, 'point')} of ${cloud.name}, Ctrl-C ends`);
  const end = AbortSignal.any([signal, full.signal, output.closed]);
  if (!end.aborted) await once(end, 'abort');
  const dropped = await live.stop();
  await sink.end();
  progress.clear();
  progress.note(`${count(seen, 'packet')} captured, ${dropped} missed`);
  return {};
}

function sinkFor(context: Context, cloud: Cloud, points: readonly string[], file?: string): Sink {
  if (file !== undefined) return pcapngSink(context, cloud, points, file);
  const { output, json } = context;
  const width = Math.max(...points.map((point) => point.length));
  return {
    frame: (frame) => {
      const text = describe(dissect(frame.data));
      output.print(json ? JSON.stringify(frameJson(frame, text)) : frameLine(context, frame, text, width));
    },
    end: () => Promise.resolve(),
  };
}

/** `01:52:03.123456  web1:eth0  →  IP 10.0.1.11 > 10.0.1.12: ICMP echo request, …` */
function frameLine(
  { paint }: Context,
  { time, point, direction }: LiveFrame,
  text: string,
  width: number,
): string {
  const clock = new Date(Number(time / 1_000_000n)).toISOString().slice(11, 19);
  const micros = String((time / 1000n) % 1_000_000n).padStart(6, '0');
  const sign = direction === 'out' ? paint('cyan', '→') : paint('green', '←');
  return `${paint('dim', `${clock}.${micros}`)}  ${point.padEnd(width)} ${sign} ${text}`;
}

function frameJson({ time, point, direction, originalLength, data }: LiveFrame, text: string): object {
  const hex = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
  return {
    schema: 'netdojo.capture/1',
    time: String(time),
    point,
    direction,
    length: originalLength,
    text,
    hex,
  };
}

function pcapngSink({ output }: Context, cloud: Cloud, points: readonly string[], file: string): Sink {
  const writer = new PcapngWriter({ application: 'netdojo', comment: cloud.name });
  const stream = file === '-' ? undefined : createWriteStream(file);
  const failed = stream && once(stream, 'error').then(([error]) => Promise.reject(writeError(file, error)));
  // Whoever ends the capture is told; until then the error waits.
  failed?.catch(() => undefined);
  const interfaces = new Map(
    points.map((name) => {
      const description = pointText(cloud.points.get(name));
      return [name, writer.addInterface({ name, ...(description && { description }) })];
    }),
  );
  const flush = (): void => {
    if (stream) stream.write(writer.take());
    else output.write(writer.take());
  };
  flush();
  return {
    frame: ({ point, direction, time, data, originalLength }) => {
      const interfaceId = interfaces.get(point);
      if (interfaceId === undefined) return;
      writer.addPacket({ timestamp: time, interfaceId, data, originalLength, direction });
      flush();
    },
    async end() {
      if (!stream) return;
      stream.end();
      await Promise.race([once(stream, 'close'), failed]);
    },
  };
}

const writeError = (file: string, cause: unknown): NetdojoError =>
  new NetdojoError(`${file} cannot be written`, {
    code: 'ND_CAPTURE_WRITE',
    cause,
    exitCode: EXIT.environment,
  });

async function list(context: Context, name: string | undefined): Promise<Result> {
  return await withCloud(context, name, (cloud) => {
    const points = [...cloud.points.values()];
    const head = ['POINT', 'KIND', 'OTHER END', 'OBJECT'].map((cell) => context.paint('dim', cell));
    context.print(table([head, ...points.map(({ id, kind, peer, object }) => [id, kind, peer, object])]));
    return Promise.resolve({ json: { cloud: cloud.name, points } });
  });
}

const pointText = (point: Point | undefined): string | undefined =>
  point && `${point.kind} ${point.object}, other end ${point.peer}`;
