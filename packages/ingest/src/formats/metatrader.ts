import type { TextFormat } from '../format.ts';
import { number, whole } from './fields.ts';

const zoneHint =
  "MetaTrader writes the broker's server time: most have America/New_York+7 (2 hours ahead of UTC, 3 in the " +
  'summer of New York); the broker, or the Market Watch clock, tells.';

export const metatrader5: TextFormat = {
  name: 'metatrader5',
  title: 'MetaTrader 5, export of bars',
  header: ['date', 'open', 'high', 'low', 'close', 'tickvol'],
  columns: { volume: 'tickvol' },
  zoneHint,
  note: 'volume is TICKVOL, as VOL is 0 outside of exchanges; --columns volume=vol takes that',
};

export const metatrader4: TextFormat = {
  name: 'metatrader4',
  title: 'MetaTrader 4, history centre',
  row: [/^\d{4}\.\d\d\.\d\d$/, /^\d\d:\d\d$/, number, number, number, number, whole],
  columns: { date: 0, time: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 },
  zoneHint,
  note: 'volume counts ticks',
};
