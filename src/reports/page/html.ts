const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Text for a narrow place: a number stays with its unit. */
export function tight(text: string): string {
  return escapeHtml(
    text.replace(
      /(?<=\d) (?=(k|M|%)(?![\p{L}\d]))|(?<=\d) (?=of \d)|(?<=T) (?== \d)|(?<= =) (?=\d)/gu,
      '\u00a0',
    ),
  );
}

/** Text whose backticks mark code. */
export function inline(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? escapeHtml(part) : `<code>${escapeHtml(part)}</code>`))
    .join('');
}

export function list(items: readonly string[], className = ''): string {
  if (items.length === 0) return '';
  return `<ul${className === '' ? '' : ` class="${className}"`}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
}

/** A command with a button that copies it. */
export function commandHtml(command: string): string {
  const text = command.replaceAll('`', '');
  if (!text.startsWith('irnn-run') && !text.startsWith('for ')) return inline(command);
  return `<span class="command"><code>${escapeHtml(text)}</code>${copyButton(text)}</span>`;
}

export function copyButton(text: string, label = 'copy'): string {
  return `<button type="button" class="copy" data-copy="${escapeHtml(text)}" aria-label="copy the command ${escapeHtml(text)}">${label}</button>`;
}
