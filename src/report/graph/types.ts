/** What is drawn, as data: boxes and lines with coordinates, before anybody makes SVG of them. */

type BoxKind =
  | 'internet'
  | 'router'
  | 'switch'
  | 'host'
  | 'nic'
  | 'bridge'
  | 'tap'
  | 'server'
  | 'namespace'
  | 'legend';

export interface Box {
  /** A node's name, a point's id such as `compute1:eth1`, or `compute1/br-int`; unique in a drawing. */
  readonly id: string;
  readonly kind: BoxKind;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** The box that this one lies in. */
  readonly parent?: string;
  /** Lines of text, already cut to fit. */
  readonly texts: readonly BoxText[];
  /** The whole text, for a tooltip. */
  readonly title: string;
  /** Coloured marks along an edge, by tenant network. */
  readonly marks?: readonly Mark[];
}

export interface BoxText {
  readonly text: string;
  /** The middle of the text for `middle`, its left for `start`; y is the baseline. */
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly style: TextStyle;
}

export type TextStyle =
  | 'name'
  | 'role'
  | 'device'
  | 'network'
  | 'bridge'
  | 'tap'
  | 'server'
  | 'address'
  | 'port';

export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** Index of the tenant network in `Layout.networks`. */
  readonly network: number;
}

export type XY = readonly [x: number, y: number];

/** A connection between two boxes (or capture points), drawn along `points`. */
export interface Line {
  readonly kind: 'cable' | 'guest' | 'tap' | 'patch' | 'uplink' | 'stack' | 'port';
  readonly from: string;
  readonly to: string;
  readonly points: readonly XY[];
  readonly title: string;
  /** Type of the underlay network for cables. */
  readonly carries?: string;
  readonly network?: number;
  /** Passes a box that it does not end at: drawn above it, with a clear edge. */
  readonly over?: boolean;
}

export interface NetworkKey {
  readonly name: string;
  /** Such as `vxlan 5001`. */
  readonly label: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly networks: readonly NetworkKey[];
}

/** A part of a drawing with coordinates of its own, to be moved to its place. */
export interface Block {
  readonly w: number;
  readonly h: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

/** How many colours tenant networks have; further networks share them. */
export const NETWORK_COLOURS = 8;

/** A block moved by dx, dy. */
export function moved(block: Block, dx: number, dy: number): Block {
  return {
    ...block,
    boxes: block.boxes.map((box) => ({
      ...box,
      x: box.x + dx,
      y: box.y + dy,
      texts: box.texts.map((text) => ({ ...text, x: text.x + dx, y: text.y + dy })),
      ...(box.marks && { marks: box.marks.map((mark) => ({ ...mark, x: mark.x + dx, y: mark.y + dy })) }),
    })),
    lines: block.lines.map((line) => ({
      ...line,
      points: line.points.map(([x, y]): XY => [x + dx, y + dy]),
    })),
  };
}
