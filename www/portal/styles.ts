// How everything looks. An app sets the custom properties; what it leaves alone follows the light or dark of its page.

import { css } from "lit";

export const styles = css`
  :host {
    /* First what the page says, then the platform's own record, which piece.ts brings; then ours. */
    --accent: var(--scrip-accent, light-dark(var(--light-accent, #2b55d4), var(--dark-accent, #9cb8ff)));
    --on-accent: var(
      --scrip-accent-contrast,
      light-dark(var(--light-accent-contrast, #ffffff), var(--dark-accent-contrast, #0d1a3d))
    );
    --bg: var(--scrip-bg, transparent);
    --surface: var(--scrip-surface, light-dark(var(--light-surface, #ffffff), var(--dark-surface, #1b1d21)));
    --sunken: var(--scrip-sunken, light-dark(#f4f5f7, #24272c));
    --text: var(--scrip-text, light-dark(var(--light-text, #17181c), var(--dark-text, #eceded)));
    --muted: var(--scrip-muted, light-dark(#5a5f6b, #a6abb5));
    --border: var(--scrip-border, light-dark(#e2e4e9, #33373e));
    --field: var(--scrip-field, light-dark(#868c98, #777d89));
    --danger: var(--scrip-danger, light-dark(#b3261e, #ff9c94));
    --warning: var(--scrip-warning, light-dark(#8a5300, #f0c06a));
    --warning-soft: light-dark(#fff6e3, #352b16);
    --success: var(--scrip-success, light-dark(#12703c, #7bd6a0));
    --radius: var(--scrip-radius, 14px);
    --font: var(--scrip-font, system-ui, -apple-system, "Segoe UI", sans-serif);
    --mono: var(--scrip-font-mono, ui-monospace, "SFMono-Regular", Menlo, monospace);
    --density: var(--scrip-density, 1);
    --gap: calc(1rem * var(--density));
    display: block;
    background: var(--bg);
    color: var(--text);
    font: 400 0.9375rem / 1.5 var(--font);
    text-align: start;
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
  }
  /* A card that stands beside a taller one is as tall. */
  .card {
    height: 100%;
  }
  .card,
  .stack,
  .tight,
  .lines {
    grid-template-columns: minmax(0, 1fr);
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  p,
  dl,
  dd,
  ul,
  ol,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
    min-width: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 6px;
  }
  .heading {
    font-size: 1rem;
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.006em;
  }
  .card {
    display: grid;
    gap: var(--gap);
    align-content: start;
    min-width: 0;
    padding: calc(1.375rem * var(--density));
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .stack {
    display: grid;
    gap: var(--gap);
    min-width: 0;
  }
  .tight {
    display: grid;
    gap: 0.375rem;
    min-width: 0;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
    align-items: center;
  }
  .between {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
    align-items: baseline;
    justify-content: space-between;
  }
  .muted {
    color: var(--muted);
  }
  .small {
    font-size: 0.8125rem;
  }
  .strong {
    font-weight: 600;
  }
  .number {
    direction: ltr;
    font-variant-numeric: tabular-nums;
    unicode-bidi: isolate;
    overflow-wrap: break-word;
  }
  /* A sentence with figures in it: it runs as its language does. */
  .figures {
    font-variant-numeric: tabular-nums;
  }
  .plus {
    color: var(--success);
  }
  .danger {
    color: var(--danger);
  }
  .mono {
    font: 0.75rem / 1.5 var(--mono);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    min-height: 2.75rem;
    padding: 0.5rem 1rem;
    border: 1px solid var(--field);
    border-radius: calc(var(--radius) * 0.6);
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-weight: 550;
    line-height: 1.25;
    text-align: center;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover,
  .button:hover {
    background: var(--sunken);
  }
  button.primary,
  .button.primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }
  button.primary:hover,
  .button.primary:hover {
    background: color-mix(in oklab, var(--accent), var(--text) 14%);
  }
  button.plain {
    padding-inline: 0.5rem;
    margin-inline: -0.5rem;
    border-color: transparent;
    background: none;
    color: var(--accent);
  }
  /* A figure that leads to what it is made of: it looks like one, and is as large as a finger. */
  button.figure {
    display: inline-block;
    min-height: 1.75rem;
    padding: 0 0.375rem;
    margin-inline: -0.375rem;
    border-color: transparent;
    background: none;
    text-align: start;
    text-decoration: underline;
    text-decoration-color: color-mix(in oklab, var(--accent) 50%, transparent);
    text-underline-offset: 0.25em;
  }
  button.plain.danger {
    color: var(--danger);
  }
  button[disabled] {
    opacity: 0.6;
    cursor: default;
  }
  .wide {
    width: 100%;
  }
  label,
  legend,
  .label {
    display: block;
    padding: 0;
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 550;
  }
  input:not([type="radio"], [type="checkbox"]),
  select {
    width: 100%;
    min-height: 2.75rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--field);
    border-radius: calc(var(--radius) * 0.6);
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-variant-numeric: tabular-nums;
  }
  input[aria-invalid="true"] {
    border-color: var(--danger);
  }
  select.narrow {
    width: auto;
  }
  .check {
    min-height: 2.75rem;
    color: var(--text);
  }
  .affix {
    position: relative;
  }
  .affix > input {
    padding-inline-end: 3.75rem;
  }
  .affix > span {
    position: absolute;
    inset-block: 0;
    inset-inline-end: 0.75rem;
    display: grid;
    place-items: center;
    color: var(--muted);
    font-size: 0.8125rem;
    pointer-events: none;
  }
  .chips {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(6.25rem, 1fr));
    gap: 0.5rem;
  }
  .chip {
    position: relative;
    display: grid;
    align-content: center;
    min-height: 3.25rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--field);
    border-radius: calc(var(--radius) * 0.6);
    background: var(--surface);
    color: var(--text);
    font-size: 0.9375rem;
    line-height: 1.3;
    cursor: pointer;
  }
  .chip.whole {
    grid-column: 1 / -1;
    min-height: 2.75rem;
  }
  .chip:hover {
    background: var(--sunken);
  }
  .chip input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .chip:has(input:checked) {
    border-color: var(--accent);
    background: color-mix(in oklab, var(--accent) 9%, var(--surface));
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .chip:has(input:focus-visible) {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .tag {
    display: inline-block;
    padding: 0.0625rem 0.5rem;
    border-radius: 99px;
    background: var(--sunken);
    color: var(--muted);
    font-size: 0.75rem;
    font-weight: 550;
    white-space: nowrap;
  }
  .tag.accent {
    /* An accent that can just be read on the surface could not on its own tint. */
    background: color-mix(in oklab, var(--accent) 12%, var(--surface));
    color: var(--text);
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 1rem;
    align-items: center;
    justify-content: space-between;
    padding: 0.75rem 1.125rem;
    border: 1px solid color-mix(in oklab, var(--warning) 35%, transparent);
    border-radius: var(--radius);
    background: var(--warning-soft);
    color: var(--text);
  }
  .notice > p {
    flex: 1 1 16rem;
  }
  .bar {
    display: flex;
    gap: 2px;
    height: 0.5rem;
    overflow: hidden;
    border-radius: 99px;
    background: var(--sunken);
  }
  .bar > span {
    min-width: 0;
    background: var(--accent);
  }
  .bar > .held {
    background: color-mix(in oklab, var(--accent) 45%, var(--surface));
  }
  .bar > .restricted {
    background: var(--muted);
  }
  .bar > .over {
    background: var(--danger);
  }
  .spark {
    display: flex;
    gap: 2px;
    align-items: end;
    width: 6rem;
    height: 1.25rem;
  }
  .spark > span {
    flex: 1;
    min-height: 1px;
    background: var(--accent);
  }
  .hour {
    align-items: center;
    padding-top: 0.75rem;
    border-top: 1px solid var(--border);
  }
  .lines {
    display: grid;
  }
  .lines > li + li,
  .lines > details + details {
    border-top: 1px solid var(--border);
  }
  .lines > li:not(:has(> .entry)) {
    padding-block: 0.75rem;
  }
  .lines > li:first-child {
    padding-top: 0;
  }
  .lines > li:last-child {
    padding-bottom: 0;
  }
  dl.facts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
    gap: 0.875rem 1.5rem;
  }
  dl.facts dt {
    color: var(--muted);
    font-size: 0.8125rem;
  }
  dl.facts dd {
    font-weight: 550;
  }
  dl.facts dd > .muted {
    display: block;
    font-weight: 400;
  }
  dl.pairs {
    display: grid;
    gap: 0.25rem;
  }
  dl.pairs > div {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1rem;
    justify-content: space-between;
  }
  dl.pairs dt {
    color: var(--muted);
  }
  summary {
    min-height: 2.75rem;
    cursor: pointer;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  .fold > summary {
    margin-block: -0.5rem;
    display: flex;
    gap: 0.5rem;
    align-items: center;
    width: fit-content;
    color: var(--accent);
    font-weight: 550;
  }
  .fold > summary::before,
  .entry > summary::after {
    flex: none;
    width: 0.45rem;
    height: 0.45rem;
    border: solid currentcolor;
    border-width: 0 1.5px 1.5px 0;
    content: "";
    transform: rotate(45deg) translate(-2px, -2px);
    transition: transform 120ms;
  }
  details[open] > summary::before,
  details[open].entry > summary::after {
    transform: rotate(-135deg) translate(-2px, -2px);
  }
  .entry > summary {
    display: grid;
    grid-template-columns: minmax(6rem, 1fr) minmax(0, auto) 0.75rem;
    gap: 0.25rem 0.75rem;
    align-items: center;
    padding-block: 0.625rem;
  }
  .entry > summary:hover {
    background: color-mix(in oklab, var(--sunken) 60%, transparent);
  }
  .when {
    display: block;
    white-space: nowrap;
  }
  .sums {
    text-align: end;
  }
  .line {
    display: block;
  }
  .details {
    padding: 0.75rem 0.875rem;
    margin-block: 0 0.875rem;
    border-radius: calc(var(--radius) * 0.6);
    background: var(--sunken);
  }
  .entry > summary::after {
    color: var(--muted);
  }
  .skeleton {
    display: grid;
    gap: 0.625rem;
  }
  .skeleton i {
    display: block;
    height: 1.125rem;
    border-radius: 6px;
    background: var(--sunken);
    animation: breathe 1.6s ease-in-out infinite;
  }
  .skeleton i:nth-child(2n) {
    width: 72%;
  }
  .skeleton i.tall {
    width: 11rem;
    max-width: 100%;
    height: 3.25rem;
  }
  @keyframes breathe {
    50% {
      opacity: 0.45;
    }
  }
  .changed {
    animation: changed 600ms ease-out;
  }
  @keyframes changed {
    from {
      color: var(--accent);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    .bar {
      border: 1px solid CanvasText;
    }
    .bar > span,
    .spark > span {
      background: CanvasText;
      forced-color-adjust: none;
    }
    .bar > .held {
      background: GrayText;
    }
    .bar > .over {
      background: Highlight;
    }
    .chip:has(input:checked) {
      outline: 3px solid Highlight;
      outline-offset: -3px;
    }
    .tag {
      border: 1px solid CanvasText;
    }
  }
`;
