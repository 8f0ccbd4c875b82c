/** Of the languages that there are, the customer's: the very one, else one of the same base (`es-MX` for `es`), else the first. */
export function pickLanguage(offered: readonly string[], wanted: string): string {
  const lower = wanted.replaceAll('_', '-').toLowerCase();
  const base = (tag: string): string => tag.toLowerCase().split('-', 1)[0] ?? '';
  const exact = offered.find((each) => each.toLowerCase() === lower);
  const bare = offered.find((each) => each.toLowerCase() === base(lower));
  const same = lower === '' ? undefined : offered.find((each) => base(each) === base(lower));
  return exact ?? bare ?? same ?? offered[0] ?? 'en';
}
