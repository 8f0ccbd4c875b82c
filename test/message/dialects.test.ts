import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormattingDialect } from '../../src/message/capabilities.ts';
import { dialectToHtml } from '../../src/message/dialect-to-html.ts';
import { htmlToDialect, textToDialect } from '../../src/message/html-to-dialect.ts';
import { htmlToText } from '../../src/message/html-to-text.ts';
import { textAsHtml } from '../../src/message/matrix-html.ts';
import { sanitiseHtml } from '../../src/message/sanitise-html.ts';
import { html, text } from './arbitraries.ts';

const dialects: FormattingDialect[] = ['plain', 'html', 'xep0393', 'whatsapp', 'markdown'];
const styled = ['xep0393', 'whatsapp', 'markdown'] as const;

/** What can be written in all of the styled dialects. */
const word = fc.stringMatching(/^[a-zA-Zäß0-9]{1,8}$/);
const inline = fc.oneof(
  word,
  fc
    .tuple(fc.constantFrom('strong', 'em', 'del', 'code'), fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([tag, words]) => `<${tag}>${words.join(' ')}</${tag}>`),
);
const line = fc.array(inline, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '));
const simpleHtml = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('<br>'));

/** Signs as people type them, one line each: what must not turn into formatting on the way. */
const signs = fc
  .array(
    fc.constantFrom(
      '*',
      '_',
      '~',
      '`',
      'a',
      'b ',
      ' ',
      '\\',
      '>',
      '-',
      '1.',
      '#',
      '(',
      '.',
      '**',
      '[x](y)',
      '|',
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join('').trim().replace(/ +/g, ' '));

describe('dialects', () => {
  it.each(dialects)('%s never throws on any HTML or text, in or out', (dialect) => {
    fc.assert(
      fc.property(html, text, (h, t) => {
        htmlToDialect(h, dialect);
        textToDialect(t, dialect);
        const read = dialectToHtml(t, dialect);
        if (read.html !== undefined) expect(sanitiseHtml(read.html)).toBe(read.html);
      }),
      { numRuns: 1500 },
    );
  });

  it.each(styled)('%s gives formatting back as it was', (dialect) => {
    fc.assert(
      fc.property(simpleHtml, (value) => {
        const { text: written, formattingLost } = htmlToDialect(value, dialect);
        expect(formattingLost).toBe(false);
        expect(dialectToHtml(written, dialect).html ?? textAsHtml(written)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(styled)('%s shows signs in plain text as signs', (dialect) => {
    fc.assert(
      fc.property(signs, (value) => {
        const written = htmlToDialect(textAsHtml(value), dialect).text;
        const read = dialectToHtml(written, dialect);
        // A line that begins like a list item may come back as one: it reads the same.
        expect(htmlToText(read.html ?? textAsHtml(read.text))).toBe(htmlToText(textAsHtml(value)));
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[FormattingDialect, string, string]>([
    ['plain', '<p>a <b>b</b></p><p>c<br>d</p>', 'a b\n\nc\nd'],
    [
      'plain',
      '<a href="https://x.example/y">here</a> <a href="https://x.example">x.example</a>',
      'here (https://x.example/y) https://x.example',
    ],
    [
      'plain',
      '<a href="mailto:a@x.example">a@x.example</a>, <a href="https://matrix.to/#/@ann:x.example">Ann</a>',
      'a@x.example, Ann',
    ],
    ['plain', '<blockquote><p>q</p></blockquote><p>a</p>', '> q\na'],
    ['plain', '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>after', '- a\n  - b\n- c\n\nafter'],
    ['plain', '<ol start="9"><li>a</li><li>b<br>c</li></ol>', '9. a\n10. b\n    c'],
    ['plain', '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', 'a | b\n1 | 2'],
    ['plain', 'a&nbsp;b <img src="mxc://a/b" alt=":cat:"> 10<sup>6</sup>', 'a b :cat: 10^6'],
    ['xep0393', '<b>a</b> <i>b</i> <del>c</del> <code>d</code> <u>e</u>', '*a* _b_ ~c~ `d` e'],
    ['xep0393', '<b>two<br>lines</b> and <b>one </b>space', '*two*\n*lines* and *one* space'],
    ['xep0393', 'in<b>side</b> and <b>a*b</b> and ( *c* )', 'inside and a*b and ( \u2060*c* )'],
    ['xep0393', '<pre><code class="language-c">x\n```\ny</code></pre>', '```\nx\n\u2060```\ny\n```'],
    ['whatsapp', '(<b>a</b>) b<i>c</i> <h2>t</h2>', '(*a*) bc\n*t*'],
    [
      'markdown',
      '<b>a</b> *b* <a href="https://x.example/(y)">l</a>',
      '**a** \\*b\\* [l](https://x.example/%28y%29)',
    ],
    [
      'markdown',
      '<blockquote>q</blockquote>1. a_b https://x.example/a_b',
      '> q\n\n1\\. a\\_b https://x.example/a_b',
    ],
    ['html', '<b onclick=x>a', '<b>a</b>'],
  ])('%s of %j', (dialect, from, to) => {
    expect(htmlToDialect(from, dialect).text).toBe(to);
  });

  it.each<[FormattingDialect, string, string | undefined]>([
    ['plain', '*a*', undefined],
    ['xep0393', '*a* b*c* * d* _e_', '<strong>a</strong> b*c* * d* <em>e</em>'],
    ['xep0393', '*a _b_*', '<strong>a <em>b</em></strong>'],
    ['xep0393', '> a\n>> b\nc', '<blockquote>a<blockquote>b</blockquote></blockquote>c'],
    ['xep0393', '```\n*a*\n```\nb', '<pre><code>*a*\n</code></pre>b'],
    ['xep0393', '<script>*a*</script>', undefined],
    ['xep0393', '<b> *a*', '&lt;b&gt; <strong>a</strong>'],
    ['whatsapp', '(*a*) b*c*d ```e*f```', '(<strong>a</strong>) b*c*d <code>e*f</code>'],
    ['whatsapp', '* a\n* b', '<ul><li>a</li><li>b</li></ul>'],
    [
      'markdown',
      '[a](https://x.example) [b](javascript:x) \\*c\\* **d**',
      '<a href="https://x.example">a</a> [b](javascript:x) *c* <strong>d</strong>',
    ],
    ['html', '<p>a</p><script>b</script>', undefined],
  ])('%s in: %j', (dialect, from, to) => {
    expect(dialectToHtml(from, dialect).html).toBe(to);
  });

  it('is quick with signs that never close', () => {
    const before = process.cpuUsage();
    for (const dialect of styled) {
      for (const piece of [' *a', '*a* ', '***', '[a', '*_~`', '> ', '\\', '`a ', '\u2060*']) {
        dialectToHtml(piece.repeat(Math.floor(65_000 / piece.length)), dialect);
      }
    }
    for (const piece of [
      '<b>a',
      '<p> ',
      'a <br>',
      '<pre>  ',
      '<a href="https://x.example">',
      '&amp;',
      '<li>a',
    ]) {
      htmlToDialect(piece.repeat(Math.floor(65_000 / piece.length)), 'xep0393');
    }
    // Of the processor: a machine may stand still meanwhile.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(5000);
  });
});
