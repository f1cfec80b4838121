import { ProblemBody } from '../schemas/problem.ts';

interface Response {
  readonly description?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}
interface Operation {
  responses?: Record<string, Response>;
}

const problem = {
  description: 'A problem: code says which, detail what to do about it',
  content: { 'application/problem+json': { schema: ProblemBody } },
};

/**
 * What the plugin leaves out of the OpenAPI document: every route answers what goes wrong as problem+json,
 * and every answer has a description. Changes the document.
 */
export function complete<T extends object>(document: T): T {
  // The plugin's types are of three versions of OpenAPI at once.
  const { paths = {} } = document as { paths?: Record<string, Record<string, Operation>> };
  for (const operations of Object.values(paths))
    for (const operation of Object.values(operations)) {
      const responses = Object.entries(operation.responses ?? {}).filter(([status]) => !/^[45]/.test(status));
      operation.responses = {
        ...Object.fromEntries(responses.map(([status, response]) => [status, described(response)])),
        default: problem,
      };
    }
  return document;
}

const described = (response: Response): Response => ({
  ...response,
  description:
    response.description === 'Default Response' ? 'What was asked for' : (response.description ?? ''),
});
