const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const pictographic = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3/u;

/** Whether a text is one emoji and nothing else. */
export function isEmoji(text: string): boolean {
  if (text.length > 64 || !pictographic.test(text)) return false;
  return graphemes.segment(text).containing(0)?.segment === text;
}
