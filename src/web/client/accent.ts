/** Black or white, whichever is easier to read on a colour (WCAG 2 contrast); one of them always has at least 4.5 : 1. */
export function readableOn(colour: string): '#fff' | '#000' {
  const light = luminance(colour);
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#fff' : '#000';
}

/** Of these colours the first that stands out from `ground` enough for text. */
export function legible(wished: readonly string[], ground: string): string {
  return wished.find((colour) => contrast(colour, ground) >= 4.5) ?? readableOn(ground);
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
