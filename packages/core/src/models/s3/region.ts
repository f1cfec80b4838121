import { S3Client } from '@aws-sdk/client-s3';

/** Most servers of others than AWS take any. */
const anywhere = 'us-east-1';

/** Of the setting; else the one that AWS's SDK finds in the environment or in the profile, as it finds credentials. */
export const regionOf = (setting = ''): string | (() => Promise<string>) =>
  setting ||
  (() =>
    new S3Client({}).config.region().then(
      (found) => found || anywhere,
      () => anywhere,
    ));
