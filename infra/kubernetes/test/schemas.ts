// Whether manifests are what the published schemas say, unknown fields included: as objects by the schemas' own checks, and as
// TypeScript, whose types of the same schemas know each field there is.
import path from 'node:path';
import ts from 'typescript';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Of the operators whose objects are used. */
const packages: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

const moduleOf = ({ apiVersion, kind }: Manifest): string =>
  `${packages[apiVersion.split('/')[0]!] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;

export const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

interface Model {
  validate(): void;
}

/** What is wrong with them, in words; empty when nothing is. */
export async function faults(manifests: readonly Manifest[]): Promise<string[]> {
  const found: string[] = [];
  for (const manifest of manifests) {
    // A module has a class of the kind's name.
    const models = (await import(moduleOf(manifest))) as Record<string, new (data: object) => Model>;
    try {
      new models[manifest.kind]!(manifest).validate();
    } catch (error) {
      found.push(`${nameOf(manifest)}: ${(error as Error).message}`);
    }
  }
  return [...found, ...unknownFields(manifests)];
}

/** By the types: a field that a literal has and its type doesn't is an error. */
function unknownFields(manifests: readonly Manifest[]): string[] {
  const file = path.join(import.meta.dirname, 'manifests-as-types.ts');
  const text = manifests
    .map(
      (manifest, index) =>
        `import type { I${manifest.kind} as T${index} } from '${moduleOf(manifest)}';\n` +
        `export const m${index}: T${index} = ${JSON.stringify(manifest)};\n`,
    )
    .join('');
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? text : disk.readFile(name)),
    getSourceFile: (name, ...rest) =>
      name === file
        ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext)
        : disk.getSourceFile(name, ...rest),
  };
  const program = ts.createProgram([file], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(file)).map(({ messageText, start = 0 }) => {
    // Two lines a manifest.
    const line = text.slice(0, start).split('\n').length - 1;
    return `${nameOf(manifests[Math.floor(line / 2)]!)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
