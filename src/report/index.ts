export { type BundleFiles, type BundleOptions, type BundlePaths, writeBundle } from './bundle.ts';
export { type CapturedFrame, mergedCapture, type RunCapture } from './captures.ts';
export { type SvgOptions, toMermaid, toSvg } from './graph/index.ts';
export { type JourneyReportInput, journeyReport } from './journey-report.ts';
export { junitXml } from './junit.ts';
export * from './model.ts';
export { page } from './page/page.ts';
