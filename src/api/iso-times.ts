/** Fields of our records that hold times. */
const timeFields = /^at$|At$/;

/** A view's times as ISO 8601 in UTC, however deep they are. */
export function withIsoTimes(view: object): object {
  return JSON.parse(
    JSON.stringify(view, (name: string, value: unknown) =>
      typeof value === 'number' && timeFields.test(name) ? new Date(value).toISOString() : value,
    ),
  ) as object;
}
