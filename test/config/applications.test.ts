import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSecret } from '../../src/channels/secret.ts';
import { application } from '../../src/config/applications-schema.ts';
import { checkServices } from '../../src/config/check-services.ts';
import type { ConfigProblem } from '../../src/config/config-error.ts';
import { readReferences } from '../../src/config/references.ts';
import { toApplication } from '../../src/config/to-application.ts';
import { findApplication, type Application } from '../../src/directory/application.ts';

const url = 'https://ivr.acme.example/start';
const secret = `whsec_${'A'.repeat(43)}=`;

describe('a declared application', () => {
  it('has defaults', () => {
    expect(toApplication('ivr', application.parse({ url }), { ofFile: true })).toEqual({
      id: 'ivr',
      ofFile: true,
      url,
      method: 'POST',
      format: 'form',
      secrets: [],
      timeoutMs: 5000,
      retries: 1,
      waitFloorMs: 60_000,
    });
  });

  it('has both secrets while one is changed, the new one first; they are marked as secrets', () => {
    const declared = { url, secret, secondarySecret: 'B'.repeat(32), twilioAuthToken: 'c'.repeat(32) };
    expect(toApplication('ivr', application.parse(declared), { ofFile: false })).toMatchObject({
      secrets: [secret, 'B'.repeat(32)],
      twilioAuthToken: 'c'.repeat(32),
    });
    for (const name of ['secret', 'secondarySecret', 'twilioAuthToken'] as const)
      expect(isSecret(application.shape[name])).toBe(true);
  });

  it.each([
    [{ url: 'ftp://x.example' }, 'url'],
    [{ url, secret: 'short' }, 'secret'],
    [{ url, waitSeconds: 14 }, 'waitSeconds'],
    [{ url, timeoutSeconds: 11 }, 'timeoutSeconds'],
    [{ url, fallbackUrl: 'x' }, 'fallbackUrl'],
  ])('is refused: %j', (declared, path) => {
    const { error } = application.safeParse(declared);
    expect(error === undefined ? [] : z.treeifyError(error)).toHaveProperty(['properties', path]);
  });

  it('is what a service names, else that is refused', () => {
    const problemsWith = (applications: object): ConfigProblem[] => {
      const problems: ConfigProblem[] = [];
      const services = { front: { kind: 'application', application: 'ivr' } };
      checkServices(readReferences({ tenants: { acme: { applications, services } } }), problems);
      return problems;
    };
    expect(problemsWith({ ivr: { url } })).toEqual([]);
    expect(problemsWith({})).toEqual([
      {
        path: 'tenants.acme.services.front.application',
        found: 'ivr',
        expected: 'an application of the tenant (there is none)',
      },
    ]);
    expect(problemsWith({ music: { url }, other: { url } })).toMatchObject([
      { expected: 'an application of the tenant: music, other' },
    ]);
  });
});

describe('an application is found', () => {
  const at = (id: string, where: string): readonly [string, Application] => [
    id,
    toApplication(id, application.parse({ url: where }), { ofFile: false }),
  ];
  const all = new Map([
    at('ivr', 'https://acme.example/ivr'),
    at('music', 'https://acme.example/music'),
    at('other', 'https://other.example/'),
  ]);

  it.each([
    ['music', undefined, 'music'],
    ['https://other.example/anything?x=1', undefined, 'other'],
    ['https://acme.example/music/2', undefined, 'music'],
    ['https://acme.example/elsewhere', 'music', 'music'],
    ['nobody', undefined, undefined],
    ['https://acme.example:8443/ivr', undefined, undefined],
    ['http://acme.example/ivr', undefined, undefined],
    ['https://acme.example.evil.example/ivr', undefined, undefined],
    ['/relative', undefined, undefined],
  ])('%s (asked before: %s): %s', (wanted, before, expected) => {
    expect(findApplication(all, wanted, before)?.id).toBe(expected);
  });
});
