import { describe, expect, it } from 'vitest';
import { type BenchResult, notMeasured, row } from './result.ts';
import { goalText, markdown, number, quantity, resultText, table } from './table.ts';

const rows = [
  row('up', [1600, 1500, 1700], {
    goal: { of: 'ratio', is: 'at most', limit: 1.5 },
    peer: { name: 'shell script', values: [2000, 1900, 2200] },
  }),
  row('add', [1000, 1000], {
    goal: { of: 'ratio', is: 'at least', limit: 5 },
    peer: { name: 'Mininet', values: [2000, 2200], faster: true },
  }),
  row('decode', [870_107], { unit: 'packets/s', goal: { of: 'value', is: 'at least', limit: 500_000 } }),
  row('down', [389, 400], {
    goal: { of: 'value', is: 'at most', limit: 1000 },
    without: 'docker is not installed',
  }),
  notMeasured('mininet', 'mn is not installed', { goal: { of: 'ratio', is: 'at least', limit: 5 } }),
];

describe('row', () => {
  it('judges the ratio pair by pair', () => {
    expect(rows[0]).toMatchObject({ met: true, peer: { ratio: { median: 1500 / 1900, count: 3 } } });
  });

  it('turns the ratio round for "faster"', () => {
    expect(rows[1]).toMatchObject({ met: false, peer: { ratio: { median: 2.1 }, faster: true } });
  });

  it('judges no ratio without a peer', () => {
    const alone = row('up', [1], { goal: { of: 'ratio', is: 'at most', limit: 1.5 }, without: 'needs root' });
    expect(alone).not.toHaveProperty('met');
    expect(alone.notMeasured).toBe('needs root');
  });
});

describe('numbers', () => {
  it.each([
    [0.0384, '0.038'],
    [1.26, '1.26'],
    [999.6, '1000'],
    [37.42, '37.4'],
    [389.4, '389'],
    [870_107, '870 107'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('says seconds where milliseconds are many', () => {
    expect(quantity(1570, 'ms')).toBe('1.57 s');
    expect(quantity(999, 'ms')).toBe('999 ms');
    expect(goalText({ of: 'value', is: 'at most', limit: 60_000 }, 'ms')).toBe('≤ 60.0 s');
  });
});

describe('table', () => {
  it('has a line a row', () => {
    expect(`\n${table(rows)}\n`).toMatchInlineSnapshot(`
      "
      name                median        min – max  peer                                   peer’s median          ratio  goal                 met
      up                  1.60 s  1.50 s – 1.70 s  shell script                                  2.00 s         0.79 ×  ≤ 1.5 ×              yes
      add                 1.00 s  1.00 s – 1.00 s  Mininet                                       2.10 s  2.10 × faster  ≥ 5 ×                NO
      decode   870 107 packets/s                                                                                        ≥ 500 000 packets/s  yes
      down                395 ms  389 ms – 400 ms  not measured: docker is not installed                                ≤ 1.00 s             yes
      mininet                                      not measured: mn is not installed                                    ≥ 5 ×
      "
    `);
  });

  it('in Markdown', () => {
    expect(`\n${markdown(rows.slice(0, 1))}\n`).toMatchInlineSnapshot(`
      "
      | name | median | min – max | peer | peer’s median | ratio | goal | met |
      | --- | --: | --: | --- | --: | --: | --- | --- |
      | up | 1.60 s | 1.50 s – 1.70 s | shell script | 2.00 s | 0.79 × | ≤ 1.5 × | yes |
      "
    `);
  });
});

describe('resultText', () => {
  it('says on what machine, and how busy it was', () => {
    const result: BenchResult = {
      schema: 'netdojo.bench/1',
      date: '2026-01-02T03:04:05.000Z',
      repeat: 7,
      machine: {
        processors: 2,
        processor: 'Some CPU',
        memoryMB: 24_000,
        kernel: '6.1.0',
        node: '26.10.0',
        engine: '20.10.24',
        loadBefore: 0.5,
        loadAfter: 1.25,
        contention: { median: 1.04, min: 1, max: 1.3, count: 5 },
      },
      rows: [],
      ok: true,
    };
    expect(`\n${resultText(result)}\n`).toMatchInlineSnapshot(`
      "
      name  median  min – max  peer  peer’s median  ratio  goal  met

      2026-01-02T03:04:05.000Z, 7 rounds
      2 × Some CPU, 23 GB, Linux 6.1.0, Node 26.10.0, engine 20.10.24
      load 0.5 before, 1.3 after; a fixed computation took 1.04 × (1.00 – 1.30) its processor time
      "
    `);
  });
});
