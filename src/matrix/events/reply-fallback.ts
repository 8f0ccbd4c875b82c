/**
 * The plain text without the quote of the message that it answers, which older clients put before it. Only for events
 * that are replies: elsewhere a leading quote is what the sender wrote. (In HTML the quote is `mx-reply`, which
 * sanitising drops.)
 */
export function stripTextFallback(body: string): string {
  if (!/^> (?:\* )?<@/u.test(body)) return body;
  const lines = body.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('>'));
  if (first === -1) return '';
  const rest = lines.slice(first);
  return (rest[0]?.trim() === '' ? rest.slice(1) : rest).join('\n');
}
