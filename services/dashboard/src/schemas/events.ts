/** What events of /api/events are about. */
export const topics = ['health', 'jobs', 'models', 'runs', 'queue', 'curves'] as const;
export type Topic = (typeof topics)[number];
