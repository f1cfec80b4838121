import type { TextFormat } from '../format.ts';

export const excelGerman: TextFormat = {
  name: 'excel-german',
  title: "Excel's CSV in German",
  header: [/^(datum|datum\/zeit|zeitpunkt)$/],
  zoneHint: 'Of times in Germany it is --timezone Europe/Berlin.',
  note: 'semicolons, decimal commas, 31.01.2024; UTF-8 or Windows-1252',
};
