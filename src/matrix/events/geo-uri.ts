export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/** Latitude and longitude in degrees (WGS 84) of a `geo:` URI (RFC 5870); undefined where it has none that can be. */
export function parseGeoUri(uri: string): Coordinates | undefined {
  const match =
    /^geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:,-?\d{1,9}(?:\.\d{1,20})?)?(?:;.{0,500})?$/iu.exec(
      uri,
    );
  if (match === null) return undefined;
  const latitude = Number(match[1]);
  const longitude = Number(match[2]);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

export function geoUri(place: Coordinates): string {
  return `geo:${plain(place.latitude)},${plain(place.longitude)}`;
}

/** Without an exponent; 7 decimals are a centimetre. */
function plain(degrees: number): string {
  const text = degrees.toFixed(7).replace(/\.?0+$/u, '');
  return text === '-0' ? '0' : text;
}
