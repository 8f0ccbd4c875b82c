import { foldText, wordsOf } from './fold-text.ts';

/** The words of a name, in one case and without accents; what stands between them does not matter. */
export function normaliseName(written: string): string | undefined {
  const name = foldText(
    wordsOf(foldText(written).replace(/['’`]/g, ''))
      .map((word) => word.replace(/^@+|@+$/g, ''))
      .filter((word) => word !== '')
      .join(' '),
  );
  return name === '' || name.length > 300 ? undefined : name;
}
