export { layout } from './layout.ts';
export { toMermaid } from './mermaid.ts';
export { type SvgOptions, toSvg } from './svg.ts';
export type { Box, BoxKind, Layout, Line } from './types.ts';
