export { toMermaid } from './mermaid.ts';
export { type SvgOptions, toSvg } from './svg.ts';
