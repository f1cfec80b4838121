/** What a quiet symbol is. */
export const quietTitle =
  'bars come of it no more, as of one that is delisted: it is not trained again until one comes';
