/**
 * Runs before each test file: every answer of the REST API that a test sees is held to the OpenAPI document. The document is made when it is
 * needed first, so that tests without REST calls pay nothing.
 */
const plain = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const answer = await plain(input, init);
  const { pathname } = new URL(answer.url);
  const type = answer.headers.get('content-type');
  if (!pathname.startsWith('/api/v1/')) return answer;
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const isStream = type?.startsWith('text/event-stream') === true;
  const body = isStream ? '' : await answer.clone().text();
  const { checkAnswer } = await import('./check-answer.ts');
  checkAnswer({ method, path: pathname, status: answer.status, type, body });
  return answer;
};
