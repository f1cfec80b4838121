// The manifests as Kustomize puts them together: what the published schemas say, and what the fleet asks of each pod.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { configSchema, roles } from '@ml-training/core';
import { parse } from 'yaml';
import { prometheusRule, ruleFile } from '../prometheus-rule.ts';
import { manifestsIn, rendered, whyNoKubectl } from './kubectl.ts';
import { faults, nameOf, type Manifest } from './schemas.ts';

const folder = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

interface Container {
  readonly image: string;
  readonly securityContext?: object;
  readonly resources?: {
    readonly requests?: Record<string, string>;
    readonly limits?: Record<string, string>;
  };
}
interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly restartPolicy?: string;
  readonly containers: readonly Container[];
  readonly volumes?: readonly object[];
}
/** The fields that are looked at here. */
interface Shown extends Manifest {
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly maxReplicaCount?: number;
    readonly template?: { readonly spec: PodSpec };
    readonly jobTargetRef?: { readonly template: { readonly spec: PodSpec } };
  };
}

const overlays = [
  'overlays/one-node',
  'overlays/cluster',
  'test/overlays/without-keda',
  'test/overlays/monitoring',
] as const;
const why = whyNoKubectl();

(why === undefined ? describe : describe.skip)(
  `the manifests, put together${why === undefined ? '' : ` [${why}]`}`,
  () => {
    const of = new Map<string, readonly Shown[]>();
    beforeAll(() => {
      for (const overlay of overlays) of.set(overlay, manifestsIn(rendered(overlay)));
    });
    const one = (overlay: string, kind: string, name: string): Shown =>
      of.get(overlay)!.find((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(name))!;
    const podOf = ({ spec }: Shown): PodSpec | undefined =>
      (spec?.template ?? spec?.jobTargetRef?.template)?.spec;
    const pods = (overlay: string) =>
      of.get(overlay)!.flatMap((manifest): [string, PodSpec][] => {
        const pod = podOf(manifest);
        return pod === undefined ? [] : [[nameOf(manifest), pod]];
      });

    test('are what the schemas of Kubernetes, KEDA and the Prometheus operator say, with no field besides', async () => {
      const all = new Map([...of.values()].flat().map((one) => [JSON.stringify(one), one]));
      expect(await faults([...all.values()])).toEqual([]);
      const [pod] = [...all.values()].filter(({ kind }) => kind === 'ScaledJob');
      expect(
        await faults([{ ...pod!, spec: { ...pod!.spec, maxReplicaCount: '3', readnessProbe: {} } } as never]),
      ).toEqual([
        expect.stringContaining('maxReplicaCount must be integer'),
        expect.stringMatching(/^ScaledJob trainer: .*(maxReplicaCount|readnessProbe|number)/),
      ]);
    });

    test.each(overlays)('%s: every role runs in its image, with the settings and the Secret', (overlay) => {
      const images = pods(overlay).flatMap(([, { containers }]) => containers.map(({ image }) => image));
      for (const role of roles) expect(images).toContain(`ml-training/${role}`);
      const settings = one(overlay, 'ConfigMap', 'settings').metadata.name;
      for (const [name, { containers }] of pods(overlay))
        for (const container of containers)
          if (container.image.startsWith('ml-training/'))
            expect({ name, ...container }).toMatchObject({
              name: 'fleet',
              envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: 'secrets' } }],
            });
    });

    test.each(overlays)(
      '%s: no pod asks for more than `restricted` allows, and each says what it takes',
      (overlay) => {
        expect(pods(overlay).length).toBeGreaterThanOrEqual(6);
        for (const [name, pod] of pods(overlay)) {
          expect({ pod: name, ...pod }).toMatchObject({
            pod: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          });
          // Services end within 10 s of being asked to.
          expect(pod.terminationGracePeriodSeconds ?? 30).toBeGreaterThanOrEqual(15);
          for (const volume of pod.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
          for (const container of pod.containers) {
            expect({ pod: name, ...container.securityContext }).toEqual({
              pod: name,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            });
            expect(container.resources?.requests).toEqual({
              cpu: expect.any(String),
              memory: expect.any(String),
            });
            // PostgreSQL has sized itself for the memory that it saw at its first start.
            expect(container.resources?.limits?.['memory'] === undefined).toBe(
              name === 'StatefulSet timescaledb',
            );
          }
        }
      },
    );

    test('as many trainers run at most as MAX_CONCURRENT_TRAINING_JOBS says', () => {
      for (const overlay of overlays) {
        const { data } = one(overlay, 'ConfigMap', 'settings');
        const trainer = one(overlay, overlay.startsWith('test') ? 'Deployment' : 'ScaledJob', 'trainer').spec;
        expect(trainer?.replicas ?? trainer?.maxReplicaCount).toBe(
          Number(data?.['MAX_CONCURRENT_TRAINING_JOBS']),
        );
      }
      expect(one('test/overlays/without-keda', 'Deployment', 'trainer').spec?.replicas).toBe(2);
    });

    test("KEDA's trainers are the Deployment's pods, which is not there beside them, and end when idle", () => {
      const deployed = podOf(one('test/overlays/without-keda', 'Deployment', 'trainer'))!;
      const scaled = podOf(one('overlays/one-node', 'ScaledJob', 'trainer'))!;
      const named = (pod: PodSpec): unknown =>
        JSON.parse(JSON.stringify(pod).replace(/settings-\w+/g, 'settings'));
      expect(named(scaled)).toEqual({ ...(named(deployed) as object), restartPolicy: 'Never' });
      for (const overlay of ['overlays/one-node', 'overlays/cluster']) {
        expect(one(overlay, 'Deployment', 'trainer')).toBeUndefined();
        expect(one(overlay, 'ConfigMap', 'settings').data).toMatchObject({ TRAINER_IDLE_SECONDS: '60' });
      }
      expect(one('test/overlays/without-keda', 'ConfigMap', 'settings').data).not.toHaveProperty(
        'TRAINER_IDLE_SECONDS',
      );
    });
  },
);

test('settings and secrets are named as the fleet knows them', () => {
  for (const file of [
    'base/settings.env',
    'overlays/one-node/settings.env',
    'overlays/cluster/settings.env',
    'secrets.env.example',
  ])
    for (const [, name = ''] of read(file).matchAll(/^(\w+)=/gm))
      expect({ file, name, known: Object.hasOwn(configSchema, name) }).toEqual({ file, name, known: true });
});

test("the operator's rules are those of infra/prometheus: npm run docs", () => {
  expect(readFileSync(ruleFile, 'utf8')).toBe(prometheusRule());
  expect(parse(prometheusRule())).toMatchObject({
    kind: 'PrometheusRule',
    spec: parse(read('../prometheus/rules.yml')) as object,
  });
});
