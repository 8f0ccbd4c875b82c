import { readFileSync } from 'node:fs';
import { ValidationSeverity, validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { z } from 'zod';

/** What can be said of Dockerfile and compose file where no engine runs: they are well-formed and keep our own rules. */
const problems: string[] = [];
const root = new URL('../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');

const dockerfile = read('Dockerfile');
for (const { message, range, severity } of validate(dockerfile)) {
  if (severity === ValidationSeverity.ERROR || severity === ValidationSeverity.WARNING) {
    problems.push(
      `Dockerfile:${String(range.start.line + 1)}: ${typeof message === 'string' ? message : message.value}`,
    );
  }
}
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
const rules: readonly [boolean, string][] = [
  [(dockerfile.match(/^FROM /gm) ?? []).length >= 2, 'the image is built in several stages'],
  [/^USER (?!root|0)/m.test(lastStage), 'the last stage runs as a user other than root'],
  [/^HEALTHCHECK /m.test(lastStage), 'the last stage has a HEALTHCHECK'],
  [!/^(?:ENV|ARG) .*(?:TOKEN|SECRET|PASSWORD)/m.test(dockerfile), 'no secret is baked in'],
];
for (const [holds, rule] of rules) if (!holds) problems.push(`Dockerfile: ${rule}: it does not hold`);

const service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:/, 'published on loopback only')).optional(),
});
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .safeParse(parse(read('deploy/compose.yaml')));
if (!compose.success) problems.push(`deploy/compose.yaml: ${z.prettifyError(compose.error)}`);
else {
  const { services, volumes } = compose.data;
  for (const wanted of ['switchboard', 'synapse', 'postgres']) {
    if (!(wanted in services)) problems.push(`deploy/compose.yaml: no service ${wanted}`);
  }
  for (const [name, { image, build, depends_on: needs = {}, volumes: mounts = [] }] of Object.entries(
    services,
  )) {
    if (image === undefined && build === undefined)
      problems.push(`deploy/compose.yaml: ${name} has neither image nor build`);
    for (const other of Object.keys(needs)) {
      if (!(other in services))
        problems.push(`deploy/compose.yaml: ${name} waits for ${other}, which does not exist`);
    }
    for (const [source = ''] of mounts.map((mount) => mount.split(':'))) {
      if (!source.startsWith('.') && !(source in volumes))
        problems.push(`deploy/compose.yaml: ${name} mounts ${source}, which does not exist`);
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? 'Dockerfile and compose file hold' : `${String(problems.length)} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
