import type { LocationContent } from '../../message/message.ts';
import { ns } from './namespaces.ts';
import { childText, element, type Element } from './xml.ts';

// A place as a geo: link (RFC 5870), which apps show as a map, and as XEP-0080.

export function locationOf(message: Element, body: string): LocationContent | undefined {
  const place = message.getChild('geoloc', ns.location);
  const link = /^geo:(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:[,;?]\S*)?$/i.exec(body.trim());
  const latitude = coordinate(place === undefined ? link?.[1] : childText(place, 'lat', ns.location), 90);
  const longitude = coordinate(place === undefined ? link?.[2] : childText(place, 'lon', ns.location), 180);
  if (latitude === undefined || longitude === undefined) return undefined;
  const told = place === undefined ? undefined : childText(place, 'description', ns.location);
  const label = told ?? (link === null && body.trim() !== '' ? body.trim() : undefined);
  return { kind: 'location', latitude, longitude, ...(label === undefined ? {} : { label }) };
}

export function location({ latitude, longitude, label }: LocationContent): {
  readonly body: string;
  readonly element: Element;
} {
  return {
    body: `geo:${latitude},${longitude}`,
    element: element(
      'geoloc',
      { xmlns: ns.location },
      element('lat', {}, String(latitude)),
      element('lon', {}, String(longitude)),
      label === undefined ? undefined : element('description', {}, label),
    ),
  };
}

function coordinate(text: string | undefined, limit: number): number | undefined {
  if (text === undefined || !/^\s*-?\d{1,3}(?:\.\d{1,20})?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= limit ? value : undefined;
}
