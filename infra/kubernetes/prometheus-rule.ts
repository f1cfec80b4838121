// The rules of infra/prometheus as the object that Prometheus's operator reads; `npm run docs` writes it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const rules = path.join(import.meta.dirname, '../prometheus/rules.yml');
export const ruleFile = path.join(import.meta.dirname, 'components/monitoring/rules.yaml');

const head = `# Made by \`npm run docs\` from infra/prometheus/rules.yml, which is the place to change.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ml-training
  namespace: ml-training
  labels: { app.kubernetes.io/part-of: ml-training }
spec:
`;

/** What `ruleFile` has to hold: rules.yml as it is, comments included, two columns further right. */
export const prometheusRule = (): string => head + readFileSync(rules, 'utf8').replace(/^(?=.)/gm, '  ');

if (import.meta.main) writeFileSync(ruleFile, prometheusRule());
