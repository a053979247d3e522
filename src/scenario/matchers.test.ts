import { expect, test } from 'vitest';
import type { CheckedJourney } from '../cloud/index.ts';
import { matchers } from './matchers.ts';

expect.extend(matchers);

/** As when nothing left the sender: `request` of an exchange is not there. */
const unseen = undefined as CheckedJourney | undefined;

test.each<[name: string, says: () => void]>([
  ['toTravel', () => expect(unseen).toTravel()],
  ['not.toTravel', () => expect(unseen).not.toTravel()],
  ['toTouch', () => expect(unseen).toTouch('network1')],
  ['not.toTouch', () => expect(unseen).not.toTouch('network1')],
  ['toArriveAt', () => expect(unseen).toArriveAt()],
  ['not.toArriveAt', () => expect(unseen).not.toArriveAt('web1')],
])('%s fails for a packet that was never seen', (_, says) => {
  expect(says).toThrow('the packet was never seen: nothing left the sender');
});
