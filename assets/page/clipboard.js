// Of the report's page and of the playground. A page that was opened from disk may not always use the clipboard.

/** Puts a text into the clipboard; without leave to use that, the old way, by a selection. */
globalThis.copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
};
