import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { apiDocumentFile } from '../src/api-document.ts';
import { configJsonSchema, sampleConfig } from '../src/config/generated-files.ts';
import { applicationAnswerJsonSchema } from '../src/services/application/answer-json-schema.ts';
import { sampleRegistration } from '../src/matrix/registration.ts';

/** Files that are made from the sources. `--check` only tells whether they are as they should be (exit code 1 if not). */
const files: Readonly<Record<string, () => string>> = {
  'config/config.schema.json': configJsonSchema,
  'config/config.sample.yaml': sampleConfig,
  'config/application-answer.schema.json': applicationAnswerJsonSchema,
  'docs/openapi.json': apiDocumentFile,
  'registration/sample-registration.yaml': sampleRegistration,
};

const checkOnly = process.argv.includes('--check');
const root = new URL('../', import.meta.url);
let stale = 0;
for (const [name, make] of Object.entries(files)) {
  const path = new URL(name, root);
  const wanted = make();
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
  if (checkOnly) {
    stale += 1;
    console.error(`${name} is not as its source makes it: run \`npm run generate\` and commit it`);
  } else {
    writeFileSync(path, wanted);
    console.log(`${name} written`);
  }
}
if (checkOnly && stale === 0)
  console.log(`${String(Object.keys(files).length)} generated files are up to date`);
process.exitCode = stale === 0 ? 0 : 1;
