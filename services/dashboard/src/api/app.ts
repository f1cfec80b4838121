import { existsSync } from 'node:fs';
import path from 'node:path';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { modelSettings, type ServiceContext } from '@ml-training/core';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import manifest from '../../package.json' with { type: 'json' };
import { createLoader } from '../inference/loader.ts';
import { dashboardMetrics } from '../own-metrics.ts';
import { guard } from './guard.ts';
import { idempotency } from './idempotency.ts';
import { createHub } from './events/hub.ts';
import { complete } from './openapi.ts';
import { watchFleet } from './events/watchers.ts';
import { createHealth } from './health.ts';
import { notFound, Problem, problemOf } from './problem.ts';
import type { Api, ApiContext } from './route.ts';
import { knownStrategies } from './strategies.ts';
import { routes } from './routes/index.ts';

/** A body says which training or model is meant; nothing needs more. */
const bodyLimit = 64 * 1024;
/** Requests a minute and address: a page that is open asks some dozens, a bot one now and then. */
const requestsAMinute = 1200;

/**
 * The page and the API, apart from listening.
 * @param options.pageDir the built page; where there is none, only the API answers
 */
export async function createApp(
  service: ServiceContext,
  { pageDir }: { readonly pageDir: string },
): Promise<FastifyInstance> {
  const { log, stopping } = service;
  const app: Api = Fastify({
    bodyLimit,
    // Streams of events stay open for ever.
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: true } },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 400 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  const hub = createHub(service);
  const tell = dashboardMetrics(service.metrics, () => hub.listeners());
  const loader = createLoader({
    modelDir: modelSettings(service.config),
    strategiesDir: service.config.STRATEGIES_DIR,
  });
  const health = createHealth(service);
  const context: ApiContext = { ...service, hub, loader, health: health.read };
  watchFleet(hub, service, health.read);

  app.addHook('onResponse', async ({ method }, { statusCode }) => tell.answered(method, statusCode));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500)
      log.warn('a request failed', { method: request.method, url: request.url, error: String(error) });
    return reply.code(problem.status).type('application/problem+json').send(problem.body(request.url));
  });
  // Text would be taken from forms of other sites; only JSON is asked for beforehand (CORS).
  app.removeContentTypeParser('text/plain');
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Charts set their size by element.style, which the policy has nothing against; a style in HTML it
        // has.
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whoever serves it by HTTPS says so themselves; by HTTP it is nothing but a trap for localhost.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: true,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(rateLimit, {
    max: requestsAMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, 'TOO_MANY_REQUESTS', `more requests than ${requestsAMinute} a minute: wait ${after}`),
  });
  await app.register(swagger, {
    transformObject: (made) => complete('openapiObject' in made ? made.openapiObject : made.swaggerObject),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'ML training fleet',
        version: manifest.version,
        description:
          'What the fleet does, and what one may ask of it. Errors are problem+json (RFC 9457) with ' +
          'a code. What changes ' +
          'something needs "Authorization: Bearer API_TOKEN"; where no API_TOKEN is set it is ' +
          'allowed from this machine only. ' +
          'With an Idempotency-Key a POST is done once: the same request with the same key gets the ' +
          'same answer for a day.',
        license: { name: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Under the policy of the page: the bar on top of the usual layout brings a style in its HTML, and a
    // validator elsewhere is asked otherwise.
    uiConfig: { layout: 'BaseLayout', validatorUrl: null },
  });
  guard(app, service);
  // Before the key of a request is kept: of what is refused here nothing was begun.
  knownStrategies(app, service);
  idempotency(app, service);

  await app.register(async (api) => {
    for (const route of routes) route(api.withTypeProvider<TypeBoxTypeProvider>(), context);
  });
  await servePage(app, pageDir);
  const close = (): void => {
    hub.close();
    loader.close();
  };
  app.addHook('onClose', async () => {
    close();
    await health.end();
  });
  stopping.addEventListener('abort', close);
  return app;
}

/** Every path but the API's is the page: it looks at the URL itself. */
async function servePage(app: Api, pageDir: string): Promise<void> {
  const built = existsSync(path.join(pageDir, 'index.html'));
  if (built)
    await app.register(fastifyStatic, {
      root: pageDir,
      // The names of assets carry their hash; the page that names them is asked for each time.
      maxAge: '1y',
      immutable: true,
      index: false,
      // Looked for at each request: a page that was built meanwhile has other names.
      wildcard: true,
    });
  const sendPage = (reply: FastifyReply): FastifyReply =>
    reply.header('cache-control', 'no-cache').sendFile('index.html', { maxAge: 0, immutable: false });
  // The folder itself is nothing that the plugin above sends.
  if (built) app.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && !request.url.startsWith('/api/');
    // A path with a dot in its last part is a file, which isn't there: symbols with a dot come in the query.
    if (wantsPage && built && !/\.[a-z0-9]+$/i.test(request.url.split('?')[0]!)) return sendPage(reply);
    throw notFound(
      wantsPage && !built
        ? 'the page is not built here; "npm start" builds it, and the API is at /api/docs'
        : `nothing answers ${request.method} ${request.url}; /api/docs lists what does`,
    );
  });
}
