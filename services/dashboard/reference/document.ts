import { connectDatabase, connectRedis, createLog, createOwnMetrics, loadConfig } from '@ml-training/core';
import { createApp } from '../src/api/app.ts';

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

/** The API's OpenAPI document, from its schemas alone: no server is asked. */
export async function openApiDocument(): Promise<OpenApi> {
  const config = loadConfig({});
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'reference' });
  const redis = connectRedis(config.REDIS_URL, { name: 'reference', onError: () => undefined, lazy: true });
  const log = createLog(config, 'dashboard', 'reference');
  const app = await createApp(
    {
      config,
      log,
      sql,
      redis,
      instance: 'reference',
      metrics: createOwnMetrics(),
      stopping: new AbortController().signal,
      leave: () => undefined,
    },
    { pageDir: '' },
  );
  await app.ready();
  // What the plugin makes is an OpenAPI 3.1 document; its own type allows for older ones.
  const document = app.swagger() as unknown as OpenApi;
  await app.close();
  redis.disconnect();
  await sql.end({ timeout: 0 });
  return document;
}
