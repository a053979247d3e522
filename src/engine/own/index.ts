export { LABEL, type Lifetime, ownerLabels, type Ownership, ownerState, thisOwner } from './labels.ts';
export { listOwned, type Owned, removeContainers } from './remove.ts';
export { gc, type GcOptions, type GcReport, sweep } from './sweep.ts';
export { releaseWatchdog, removeRun, startWatchdog, type Watchdog } from './watchdog.ts';
