/** Which settings say where models are. Those of AWS bear the names that its SDK knows. */
export const modelSettingNames = [
  'MODEL_DIR',
  'MODEL_STORE',
  'MODEL_CACHE_MB',
  'AWS_ENDPOINT_URL_S3',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const;
