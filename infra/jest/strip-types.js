// Jest runs the very code that Node runs: types are blanked out, lines and columns stay where they are.
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source, filename) => ({
    code: filename.endsWith('.ts') ? stripTypeScriptTypes(source, { mode: 'strip' }) : source,
  }),
};
