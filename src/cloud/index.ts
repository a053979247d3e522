export { Cloud, type Observed, type UpOptions } from './cloud.ts';
