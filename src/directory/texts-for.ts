/**
 * Texts as they are said to somebody of this language (BCP 47): `pt-BR` gets what there is in `pt-br`, else in `pt`, else the usual ones; so
 * does each text that is missing there.
 */
export function textsFor<Texts extends object>(
  usual: Texts,
  textsIn: Readonly<Record<string, Partial<Texts>>> = {},
  language: string | undefined,
): Texts {
  const subtags = (language ?? '').toLowerCase().replaceAll('_', '-').split('-');
  for (let length = subtags.length; length > 0; length -= 1) {
    const name = subtags.slice(0, length).join('-');
    const texts = Object.hasOwn(textsIn, name) ? textsIn[name] : undefined;
    if (texts !== undefined) return { ...usual, ...texts };
  }
  return usual;
}
