import type { Part } from '../harness/part.ts';
import { apiPart } from './api.ts';
import { boostingPart } from './boosting.ts';
import { edgePart } from './edge.ts';
import { ensemblePart } from './ensemble.ts';
import { featuresPart } from './features.ts';
import { fleetPart } from './fleet.ts';
import { floorPart } from './floor.ts';
import { groupsPart } from './groups.ts';
import { importPart } from './import.ts';
import { inferencePart } from './inference.ts';
import { lstmPart } from './lstm.ts';
import { memoryPart } from './memory.ts';
import { pagePart } from './page.ts';
import { positionsPart } from './positions.ts';
import { powerChoicePart, powerPart } from './power.ts';
import { ppoPart, sbxPart } from './ppo.ts';
import { refitChoicePart, refitPart } from './refit.ts';
import { sizePart } from './size.ts';
import { sizesPart } from './sizes.ts';
import { threadsPart } from './threads.ts';
import { tunePart } from './tune.ts';
import { warmProcessesPart } from './warm-processes.ts';
import { warmStartPart } from './warm-start.ts';

/** Everything that can be measured, in the order of docs/benchmarks.md. */
export const parts: readonly Part[] = [
  powerPart,
  powerChoicePart,
  edgePart,
  groupsPart,
  tunePart,
  positionsPart,
  warmStartPart,
  refitPart,
  refitChoicePart,
  lstmPart,
  ensemblePart,
  boostingPart,
  threadsPart,
  ppoPart,
  sbxPart,
  floorPart,
  importPart,
  fleetPart,
  warmProcessesPart,
  sizePart,
  apiPart,
  pagePart,
  memoryPart,
  inferencePart,
  featuresPart,
  sizesPart,
];
