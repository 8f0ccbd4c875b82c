import fc from 'fast-check';

const awkward = Array.from(
  '\u0000\t\n\r\u000b\u001b \u0085\u2028\u2029\u2060\ufeff\ufffe\uffff\ud800\udc00<>&"\'/@:\\*_~`>~.😀é',
);

/**
 * Text of any code points, odd ones often, lone surrogates among them. The library's own `binary` unit takes seconds to set up.
 */
export function anyText(limits: { readonly minLength?: number; readonly maxLength?: number } = {}) {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    fc.constantFrom('a', 'b', '0', 'ß'),
    fc.constantFrom(...awkward),
  );
  return fc.string({ unit, ...limits });
}
