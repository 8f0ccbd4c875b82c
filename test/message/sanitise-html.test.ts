import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { describe, expect, it } from 'vitest';
import { maxDepth } from '../../src/message/matrix-html.ts';
import { sanitiseHtml } from '../../src/message/sanitise-html.ts';
import { html } from './arbitraries.ts';

const allowed: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  (
    'del h1 h2 h3 h4 h5 h6 blockquote p ul sup sub li b i u strong em s hr br table thead tbody tr th td caption pre details ' +
    'summary div:data-mx-maths ol:start a:href code:class span:data-mx-color:data-mx-bg-color:data-mx-spoiler:data-mx-maths ' +
    'img:src:alt:title:width:height'
  )
    .split(' ')
    .map((entry) => {
      const [tag = '', ...attributes] = entry.split(':');
      return [tag, attributes];
    }),
);

/** Everything in a piece of HTML that should not be there, found by a parser and a list of this test's own. */
function forbidden(value: string): string[] {
  const found: string[] = [];
  let depth = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      depth += 1;
      if (depth > maxDepth + 1) found.push('too deep');
      if (!Object.hasOwn(allowed, name)) found.push(`<${name}>`);
      for (const [attribute, given] of Object.entries(attributes)) {
        if (allowed[name]?.includes(attribute) !== true) found.push(`${name} ${attribute}`);
        if (attribute === 'href' && !/^(?:https?|mailto|tel):/i.test(given)) found.push(`href ${given}`);
        if (attribute === 'src' && !given.startsWith('mxc://')) found.push(`src ${given}`);
      }
    },
    onclosetag: () => (depth -= 1),
    oncomment: () => found.push('comment'),
    onprocessinginstruction: () => found.push('instruction'),
  });
  parser.end(value);
  return found;
}

const corpus = [
  '<script>alert(1)</script>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<img src=x onerror=alert(1)>',
  '<img src="mxc://a/b" onerror=alert(1)>',
  '<img src=`javascript:alert(1)`>',
  '<image src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert&#40;1)</script>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<textarea><img title="</textarea><img src onerror=alert(1)>"></textarea>',
  '<title><img title="</title><img src onerror=alert(1)>"></title>',
  '<xmp><p title="</xmp><svg/onload=alert(1)>">',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href="java&#x09;script:alert(1)">x</a>',
  '<a href=" &#14; javascript:alert(1)">x</a>',
  '<a href="&#x6A&#x61&#x76&#x61script:alert(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="//evil.example">x</a>',
  '<a href="blob:https://x/y">x</a>',
  '<a href="https://x.example" onclick="alert(1)" style="position:fixed" target=_top>x</a>',
  '<a href="https://x.example/&quot; onmouseover=&quot;alert(1)">x</a>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"><embed src="javascript:alert(1)">',
  '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x',
  '<meta http-equiv=refresh content="0;url=javascript:alert(1)"><base href="javascript:/">',
  '<link rel=stylesheet href="//evil.example/x.css"><style>@import "//evil.example"</style>',
  '<p style="background:url(javascript:alert(1))">x</p>',
  '<details open ontoggle=alert(1)>x</details>',
  '<body onload=alert(1)><marquee onstart=alert(1)>x',
  '<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<!--[if gte IE 4]><script>alert(1)</script><![endif]-->',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<?xml version="1.0"?><?php echo 1 ?>',
  '<<img src=x onerror=alert(1)//<',
  '<img """><script>alert(1)</script>">',
  '<p/onmouseover=alert(1)>x</p>',
  '<span data-mx-color="red;background:url(x)" data-mx-spoiler="&quot;><script>alert(1)</script>">x</span>',
  '<code class="language-js evil" onclick=alert(1)>x</code>',
  '<template><script>alert(1)</script></template>',
  '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
  '<isindex action=javascript:alert(1) type=image><keygen autofocus onfocus=alert(1)>',
  '<select><option><style></option></select><img src=x onerror=alert(1)></style>',
  '<p id="__proto__" constructor=x __proto__=y>x</p>',
  '<script>alert(1)',
  '<style><!--</style><script>alert(1)</script>-->',
  '\u0000<scr\u0000ipt>alert(1)</script>',
];

describe('sanitiseHtml', () => {
  it.each(corpus)('leaves nothing that runs or loads of %j', (value) => {
    const clean = sanitiseHtml(value);
    expect(forbidden(clean)).toEqual([]);
    expect(sanitiseHtml(clean)).toBe(clean);
  });

  it('gives the same the second time, only what is allowed, for any input', () => {
    fc.assert(
      fc.property(html, (value) => {
        const clean = sanitiseHtml(value);
        expect(forbidden(clean)).toEqual([]);
        expect(sanitiseHtml(clean)).toBe(clean);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [
      'what Element writes stays',
      '<p>a <strong>b</strong> <code class="language-js">c</code></p>',
      undefined,
    ],
    ['the quote of a reply fallback goes', '<mx-reply><blockquote>old</blockquote></mx-reply>new', 'new'],
    ['text of unknown elements stays', '<foo>a<bar>b</bar></foo>', 'ab'],
    ['text of scripts goes', 'a<script>b</script>c', 'ac'],
    [
      'older names become newer ones',
      '<strike>a</strike><font color="#ff0000">b</font>',
      '<s>a</s><span data-mx-color="#ff0000">b</span>',
    ],
    ['a link nobody may follow becomes text', '<a href="file:///etc/passwd">a</a>', 'a'],
    [
      'a picture nobody may load becomes its description',
      '<img src="https://x.example/p.png" alt="cat &amp; dog">',
      'cat &amp; dog',
    ],
    [
      'a line end in a link goes',
      '<a href="https://x.example/a\nb">a</a>',
      '<a href="https://x.example/ab">a</a>',
    ],
    ['links to call and to write to', '<a href="tel:+1555">a</a><a href="mailto:a@b.c">b</a>', undefined],
    ['open elements are closed', '<ul><li>a<li>b', '<ul><li>a</li><li>b</li></ul>'],
  ])('%s', (_what, value, expected) => {
    expect(sanitiseHtml(value)).toBe(expected ?? value);
  });

  it('unwraps what is nested too deep, and is quick about it', () => {
    const before = process.cpuUsage();
    const clean = sanitiseHtml(`${'<b>'.repeat(20_000)}deep`);
    // Of the processor: a machine may stand still meanwhile.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
    expect(clean).toBe(`${'<b>'.repeat(maxDepth)}deep${'</b>'.repeat(maxDepth)}`);
  });
});
