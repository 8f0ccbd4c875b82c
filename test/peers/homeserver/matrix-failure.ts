/** What the stand-in answers when it refuses. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly errcode: string;
  readonly extra: object;
  constructor(status: number, errcode: string, message: string, extra: object = {}) {
    super(message);
    this.status = status;
    this.errcode = errcode;
    this.extra = extra;
  }
}

export const forbidden = (message: string): Refused => new Refused(403, 'M_FORBIDDEN', message);
/** What a membership does not allow. */
export const badState = (message: string): Refused => new Refused(403, 'M_BAD_STATE', message);
export const notFound = (message: string): Refused => new Refused(404, 'M_NOT_FOUND', message);
