import type { TextFormat } from '../format.ts';
import { ohlcv } from './fields.ts';

export const alphaVantage: TextFormat = {
  name: 'alpha-vantage',
  title: 'Alpha Vantage',
  header: ['timestamp', ...ohlcv],
  zoneHint: "Alpha Vantage's are --timezone America/New_York.",
  note: 'newest first; bars within a day are of America/New_York, which is asked for, as others write the same header',
};
