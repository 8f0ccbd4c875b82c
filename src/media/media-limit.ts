import { Transform } from 'node:stream';
import { MediaError } from './media-error.ts';

/** A stream that passes bytes on, and fails with {@link MediaError} `tooLarge` at the first byte past `maxBytes`. */
export function limitBytes(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(new MediaError('tooLarge', `more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
