const dayMs = 86_400_000;
const weekMs = 6 * dayMs;

/** When somebody is there again, as customers read it: within a week the day of the week, else the date. A dash where nobody knows. */
export function openingWords(
  opensAt: number,
  now: number,
  { timeZone, language = 'en-GB' }: { readonly timeZone: string; readonly language?: string | undefined },
): string {
  if (!Number.isFinite(opensAt)) return '–';
  const day: Intl.DateTimeFormatOptions =
    opensAt - now < weekMs ? { weekday: 'long' } : { day: 'numeric', month: 'long', year: 'numeric' };
  const options: Intl.DateTimeFormatOptions = { ...day, hour: '2-digit', minute: '2-digit', timeZone };
  return formatIn(language, options).format(opensAt);
}

/** What customers' apps call their language may be anything. */
function formatIn(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(language, options);
  } catch {
    return new Intl.DateTimeFormat('en-GB', options);
  }
}
