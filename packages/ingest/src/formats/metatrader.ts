import type { TextFormat } from '../format.ts';
import { dayAndClockFirst, number, ohlc, whole } from './fields.ts';

const zoneHint =
  "MetaTrader writes the broker's server time: most have America/New_York+7 (2 hours ahead of UTC, 3 in the " +
  'summer of New York); the broker, or the Market Watch clock, tells.';

export const metatrader5: TextFormat = {
  name: 'metatrader5',
  title: 'MetaTrader 5, export of bars',
  header: ['date', ...ohlc, 'tickvol'],
  columns: { volume: 'tickvol' },
  zoneHint,
  note: 'volume is TICKVOL, as VOL is 0 outside of exchanges; --columns volume=vol takes that',
};

export const metatrader4: TextFormat = {
  name: 'metatrader4',
  title: 'MetaTrader 4, history centre',
  row: [/^\d{4}\.\d\d\.\d\d$/, /^\d\d:\d\d$/, number, number, number, number, whole],
  columns: dayAndClockFirst,
  zoneHint,
  note: 'volume counts ticks',
};
