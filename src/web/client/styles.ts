/** Everything lives in a shadow root, so none of this meets the styles of the page around it, nor the other way round. */
export const styles = `
:host{all:initial;position:fixed;z-index:2147483000;inset-block-end:20px;inset-inline-end:20px}
:host([data-side=left]){inset-inline:20px auto}
:host([data-mode=page]){position:static}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.root{all:initial;display:block;--bg:#fff;--fg:#1a1c20;--muted:#5a606c;--bubble:#f0f2f6;--line:#dde1e8;--field:#fff;--edge:#868d9b;--alert:#b3261e;--shade:0 12px 40px rgb(20 24 40/.22),0 2px 8px rgb(20 24 40/.12);
--accent:#1d55c4;--on-accent:#fff;--own-muted:inherit;
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic",Ubuntu,sans-serif;color:var(--fg);color-scheme:light;-webkit-text-size-adjust:100%;text-align:start}
.root.dark{--bg:#16181d;--fg:#eceef3;--muted:#a6adba;--bubble:#262a33;--line:#333844;--field:#1f222a;--edge:#7d8595;--alert:#ffb4ab;--shade:0 12px 40px rgb(0 0 0/.6);color-scheme:dark}
button,textarea,input{font:inherit;color:inherit;letter-spacing:inherit}
button{cursor:pointer;border:0;background:none;padding:0;touch-action:manipulation}
button:disabled{cursor:default}
:focus-visible{outline:2px solid var(--fg);outline-offset:2px}
.icon{width:20px;height:20px;display:block;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.icon-more{stroke-width:3}
.spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launcher{position:relative;display:grid;place-items:center;width:58px;height:58px;border-radius:50%;background:var(--accent);color:var(--on-accent);box-shadow:var(--shade);transition:transform .15s}
.launcher:hover{transform:scale(1.05)}
.launcher:focus-visible{outline:3px solid var(--fg);box-shadow:0 0 0 3px var(--bg)}
.launcher .icon{width:26px;height:26px}
.launcher .icon-chat{fill:currentColor;stroke:none}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#b3261e;color:#fff;font-size:12px;font-weight:700;line-height:22px;text-align:center;box-shadow:0 0 0 2px var(--bg)}
.panel{display:flex;flex-direction:column;background:var(--bg);color:var(--fg);overflow:hidden;position:relative}
.widget .panel{width:min(392px,calc(100vw - 40px));height:min(640px,calc(100dvh - 40px));border-radius:18px;box-shadow:var(--shade);animation:rise .18s ease-out}
.page .panel{width:100%;height:100dvh}
.page .list,.page .welcome,.page .composer>*,.page .start,.page .closing,.page .typing{max-width:780px;margin-inline:auto;width:100%}
.page header{padding-inline:max(16px,calc(50vw - 390px))}
header{display:flex;align-items:center;gap:12px;padding:14px 12px 14px 16px;background:var(--accent);color:var(--on-accent);flex:none}
[dir=rtl] header{padding:14px 16px 14px 12px}
header :focus-visible{outline-color:currentColor}
.avatar{display:grid;place-items:center;width:40px;height:40px;flex:none;border-radius:50%;font-weight:600;font-size:17px;border:1.5px solid currentColor}
.titles{flex:1;min-width:0}
h2{margin:0;font-size:16px;font-weight:650;line-height:1.25;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:start}
.state{display:block;font-size:13px;line-height:1.35;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.round{display:grid;place-items:center;width:36px;height:36px;flex:none;border-radius:50%}
.round:hover,.more:hover,.tool:hover{background:color-mix(in srgb,currentColor 14%,transparent)}
.end{padding:6px 12px;border:1.5px solid currentColor;border-radius:16px;font-size:13px;font-weight:600;line-height:1.3;white-space:nowrap}
.end:hover{background:color-mix(in srgb,currentColor 14%,transparent)}
.banner{padding:8px 16px;background:var(--bubble);border-block-end:1px solid var(--line);font-size:13px;flex:none;display:flex;gap:10px;align-items:center}
.banner .icon{width:16px;height:16px;flex:none}
.log{flex:1;min-height:0;position:relative;display:flex}
.scroller{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px}
.scroller:focus-visible{outline-offset:-3px}
.welcome{color:var(--muted);text-align:center;padding:6px 12px 14px;white-space:pre-wrap;overflow-wrap:anywhere}
.newer{position:absolute;inset-block-end:10px;inset-inline-start:50%;translate:-50%;display:flex;gap:6px;align-items:center;padding:6px 14px;border-radius:18px;background:var(--fg);color:var(--bg);font-size:13px;font-weight:600;box-shadow:var(--shade)}
[dir=rtl] .newer{translate:50%}
.newer .icon{width:16px;height:16px}
.divider{display:flex;align-items:center;gap:12px;margin:16px 0 10px;color:var(--muted);font-size:12.5px;text-align:center}
.divider::before,.divider::after{content:"";flex:1;border-block-start:1px solid var(--line)}
.divider span{max-width:80%;overflow-wrap:anywhere}
.row{display:flex;flex-direction:column;margin-block-start:12px;position:relative}
.row.grouped{margin-block-start:3px}
.row.own{align-items:flex-end}
.row.other{align-items:flex-start}
.sender{font-size:12.5px;color:var(--muted);margin:0 12px 3px;font-weight:600;position:relative}
.own .sender,.grouped .sender{margin:0;height:0}
.line{display:flex;align-items:center;gap:2px;max-width:100%;width:100%}
.own .line{flex-direction:row-reverse}
.bubble{max-width:min(82%,520px);padding:9px 13px;border-radius:18px;background:var(--bubble);overflow-wrap:anywhere;min-width:0}
.other .bubble{border-end-start-radius:6px}
.own .bubble{background:var(--accent);color:var(--on-accent);border-end-end-radius:6px}
.own .bubble :focus-visible{outline-color:currentColor}
.waiting .bubble{opacity:.75}
.refused .bubble{opacity:1;background:var(--bubble);color:var(--fg);box-shadow:inset 0 0 0 1.5px var(--alert)}
.bubble.of-nothing{background:none;color:var(--muted);box-shadow:inset 0 0 0 1px var(--line)}
.bubble.of-image,.bubble.of-sticker,.bubble.of-video{padding:4px}
.of-image .text,.of-video .text,.of-sticker .text{padding:6px 9px 4px}
.found .bubble{animation:found 1.2s}
.text{white-space:pre-wrap;text-align:start}
.emote{font-style:italic}
.text p,.text ul,.text ol,.text pre,.text blockquote{margin:0 0 6px}
.text>:last-child{margin-block-end:0}
.text ul,.text ol{padding-inline-start:22px;white-space:normal}
.text blockquote{border-inline-start:3px solid currentColor;padding-inline-start:10px}
.text code,.text pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.text pre{overflow-x:auto;padding:8px 10px;border-radius:8px;background:color-mix(in srgb,currentColor 10%,transparent)}
.text hr{border:0;border-block-start:1px solid currentColor;opacity:.4}
a{color:inherit;text-underline-offset:2px}
.quote{display:block;width:100%;text-align:start;margin:1px 0 7px;padding:5px 10px;border-inline-start:3px solid currentColor;border-radius:8px;background:color-mix(in srgb,currentColor 9%,transparent);font-size:13px}
.of-image .quote,.of-video .quote{margin:2px 2px 6px;width:calc(100% - 4px)}
.quote-author{display:block;font-weight:650}
.quote-text{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.picture{display:block}
.media{border-radius:14px;overflow:hidden;display:block}
.media img,.media video{display:block;max-width:100%;height:auto;max-height:300px;width:auto;border-radius:14px;background:color-mix(in srgb,currentColor 8%,transparent)}
.media img.sticker{max-height:140px;background:none}
.media audio{display:block;max-width:100%;width:270px;height:40px}
.card{display:flex;gap:11px;align-items:center;text-decoration:none;min-width:0;padding:3px 2px}
a.card:hover .card-title{text-decoration:underline}
.card-icon{display:grid;place-items:center;flex:none;width:38px;height:38px;border-radius:11px;background:color-mix(in srgb,currentColor 12%,transparent)}
.card-text{display:flex;flex-direction:column;min-width:0;line-height:1.35}
.card-title{font-weight:600;overflow:hidden;text-overflow:ellipsis;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow-wrap:anywhere}
.card-below{font-size:12.5px;min-height:1em}
.options{display:flex;flex-direction:column;gap:6px;margin-block:9px 2px}
.option{padding:8px 14px;border:1.5px solid var(--edge);border-radius:12px;background:var(--bg);font-weight:600;text-align:center}
.option:hover:not(:disabled){border-color:var(--fg)}
.option:disabled{color:var(--muted);font-weight:500;border-color:var(--line)}
.option[aria-pressed=true]{background:var(--accent);color:var(--on-accent);border-color:var(--accent)}
.more{display:grid;place-items:center;width:30px;height:30px;flex:none;border-radius:50%;color:var(--muted);opacity:0;transition:opacity .1s}
.row:hover .more,.more:focus-visible,.more[aria-expanded=true]{opacity:1}
@media (hover:none){.more{opacity:.75}}
.tools{display:flex;align-items:center;flex-wrap:wrap;gap:1px;margin-block-start:5px;padding:3px;border-radius:20px;background:var(--bg);border:1px solid var(--line);box-shadow:0 4px 16px rgb(0 0 0/.14)}
.tool{display:grid;place-items:center;width:32px;height:32px;border-radius:50%;font-size:18px;line-height:1}
.emoji,.reaction{font-family:"Apple Color Emoji","Segoe UI Emoji","Noto Color Emoji",system-ui,sans-serif}
.tool .icon{width:18px;height:18px}
.gap{width:1px;height:20px;background:var(--line);margin-inline:3px}
.reactions{display:flex;flex-wrap:wrap;gap:4px;margin:-3px 8px 0;position:relative}
.reaction{padding:2px 8px;border-radius:13px;background:var(--bg);border:1px solid var(--line);font-size:14px;line-height:1.4;display:flex;gap:4px}
.reaction[aria-pressed=true]{border-color:var(--accent);background:color-mix(in srgb,var(--accent) 14%,var(--bg))}
.count{font-size:12px}
.meta{display:flex;align-items:center;flex-wrap:wrap;gap:6px;margin:3px 8px 0;font-size:12px;color:var(--muted);min-height:16px}
.status .icon{width:15px;height:15px}
.status.seen{color:var(--seen)}
.refusal{color:var(--alert);display:flex;gap:5px;align-items:center}
.refusal .icon{width:15px;height:15px;flex:none}
.plain{text-decoration:underline;font-weight:600;color:var(--fg)}
.typing{display:flex;align-items:center;gap:8px;padding:2px 18px 8px;font-size:13px;color:var(--muted);flex:none}
.dots{display:flex;gap:4px;padding:9px 11px;border-radius:14px;background:var(--bubble)}
.dots i{width:6px;height:6px;border-radius:50%;background:currentColor;animation:dot 1.2s infinite}
.dots i:nth-child(2){animation-delay:.15s}
.dots i:nth-child(3){animation-delay:.3s}
.composer{flex:none;border-block-start:1px solid var(--line);padding:10px 12px max(10px,env(safe-area-inset-bottom));background:var(--bg)}
.compose{display:flex;align-items:flex-end;gap:6px}
.compose .round{color:var(--muted);height:42px;width:38px}
textarea{flex:1;min-width:0;resize:none;min-height:42px;max-height:140px;padding:9px 15px;border:1.5px solid var(--edge);border-radius:21px;background:var(--field);line-height:22px;outline:0;overflow-y:auto;margin:0;display:block;font-size:15px}
textarea:focus-visible,label input:focus-visible{outline:0}
textarea:focus{border-color:var(--fg);box-shadow:0 0 0 1px var(--fg)}
::placeholder{color:var(--muted);opacity:1}
.send{display:grid;place-items:center;width:42px;height:42px;flex:none;border-radius:50%;background:var(--accent);color:var(--on-accent);transition:opacity .15s}
.send:disabled{background:var(--bubble);color:var(--muted)}
.send .icon{fill:currentColor;stroke:none;width:21px;height:21px}
[dir=rtl] .send .icon,[dir=rtl] .icon-reply{transform:scaleX(-1)}
.counter{font-size:12px;color:var(--muted);text-align:end;padding:5px 52px 0}
.about{display:flex;align-items:center;gap:8px;padding:0 4px 9px}
.about-text{flex:1;min-width:0;display:flex;flex-direction:column;border-inline-start:3px solid var(--accent);padding-inline-start:10px;font-size:13px}
.about-text span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--muted)}
.staged{list-style:none;margin:0 0 9px;padding:0;display:flex;flex-direction:column;gap:6px;max-height:170px;overflow-y:auto}
.staged li{display:flex;align-items:center;gap:10px;padding:6px 6px 6px 8px;border:1px solid var(--line);border-radius:13px}
.staged .card-text{flex:1}
.staged .card-title{-webkit-line-clamp:1}
.staged img{width:38px;height:38px;object-fit:cover;border-radius:9px;flex:none}
.drop{position:absolute;inset:8px;display:grid;place-items:center;border:2px dashed var(--accent);border-radius:14px;background:color-mix(in srgb,var(--bg) 92%,transparent);font-weight:650;z-index:3;pointer-events:none}
.closing{flex:none;display:flex;flex-direction:column;gap:10px;align-items:center;padding:16px;text-align:center;border-block-start:1px solid var(--line)}
.closing p{margin:0;color:var(--muted)}
.buttons{display:flex;gap:8px;flex-wrap:wrap;justify-content:center}
.primary,.secondary{padding:10px 20px;border-radius:22px;font-weight:650}
.primary{background:var(--accent);color:var(--on-accent)}
.secondary{border:1.5px solid var(--edge)}
.start{display:flex;flex-direction:column;gap:14px;padding:16px;border-block-start:1px solid var(--line);flex:none}
label{display:flex;flex-direction:column;gap:5px;font-weight:600;font-size:14px}
small{font-weight:400;color:var(--muted);font-size:13px}
label input{padding:10px 14px;border:1.5px solid var(--edge);border-radius:12px;background:var(--field);font-weight:400;font-size:15px;outline:0}
label input:focus{border-color:var(--fg);box-shadow:0 0 0 1px var(--fg)}
@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.98)}}
@keyframes dot{0%,60%,100%{transform:none;opacity:.5}30%{transform:translateY(-4px);opacity:1}}
@keyframes found{25%{outline:3px solid var(--fg);outline-offset:3px}}
@media (max-width:480px){
.widget.open .panel{position:fixed;inset:0;width:100%;height:100dvh;border-radius:0}
textarea,label input{font-size:16px}
}
@media (prefers-reduced-motion:reduce){*,*::before,*::after{animation:none!important;transition:none!important}.dots i{opacity:.8}.found .bubble{outline:3px solid var(--fg);outline-offset:3px}}
@media (forced-colors:active){.bubble,.launcher,.send,.primary,.panel,header{border:1px solid CanvasText}.icon{forced-color-adjust:auto}}
`;
