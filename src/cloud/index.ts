export { downInterval } from './active-routers.ts';
export { check, type Check, type CheckedJourney } from './check.ts';
export { type Applied, type Client, clientOf, CloudEditor, type Editor } from './client/index.ts';
export { Cloud, type Observed, type UpOptions } from './cloud.ts';
export { destinationOf, type Exchange, sendPing, type SendOptions, sendUdp, speakerOf } from './send.ts';
export { forgetShortcuts } from './shortcuts.ts';
