import type { TextFormat } from '../format.ts';
import { ohlcv } from './fields.ts';

export const dukascopy: TextFormat = {
  name: 'dukascopy',
  title: 'Dukascopy, historical data export',
  header: ['gmt time', ...ohlcv],
  zone: 'UTC',
  note: '"Gmt time" is UTC; "Local time" has its offset, and is read as csv',
};

const ofJforex = (zone: 'UTC' | 'EET'): TextFormat => ({
  name: 'dukascopy',
  title: `Dukascopy, JForex, Time (${zone})`,
  header: [`time (${zone.toLowerCase()})`, 'open', 'high', 'low', 'close'],
  columns: { time: `time (${zone.toLowerCase()})` },
  zone,
  note: zone === 'UTC' ? 'the zone is in its header' : "EET is Eastern Europe's time, with summer time",
});

export const jforexUtc = ofJforex('UTC');
export const jforexEet = ofJforex('EET');
