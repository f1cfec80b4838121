import type { TextFormat } from '../format.ts';
import { number, timeFirst, whole } from './fields.ts';

/**
 * As NinjaTrader's help has it: `yyyyMMdd HHmmss;open;high;low;close;volume`, of daily bars the day alone. HistData
 * writes its minutes alike.
 */
export const ninjatrader: TextFormat = {
  name: 'ninjatrader',
  title: 'NinjaTrader, or HistData under another name',
  row: [/^\d{8}( \d{6})?$/, number, number, number, number, whole],
  columns: timeFirst,
  zoneHint:
    "NinjaTrader 8 exports in UTC, of other versions it is the zone that was set; HistData's are --timezone -05:00.",
  note: 'minutes, of which a zone is asked for, or days; NinjaTrader 8 exports in UTC',
};
