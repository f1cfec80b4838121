import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { ServiceContext } from '@ml-training/core';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Loader } from '../inference/loader.ts';
import type { Hub } from './events/hub.ts';
import type { FleetHealth } from './health.ts';

/** Fastify with the schemas of schemas/ as the types of what comes and goes. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ApiContext extends ServiceContext {
  /** What is sent to every open page. */
  readonly hub: Hub;
  /** Loads and asks models, in a process of its own. */
  readonly loader: Loader;
  readonly health: () => Promise<FleetHealth>;
}

/** Adds the routes of one subject. */
export type Routes = (api: Api, context: ApiContext) => void;
