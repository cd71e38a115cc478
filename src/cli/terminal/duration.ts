/** Steps a second: whole ones, or with three digits where there are few. */
export function formatRate(rate: number): string {
  return `${rate >= 100 ? Math.round(rate).toLocaleString('en') : Number(rate.toPrecision(3))} steps/s`;
}

/** Seconds as `42s`, `3m05s`, `2h03m` or `5d04h`; `-` if unknown. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const total = Math.round(seconds);
  if (total < 60) return `${total}s`;
  if (total < 3600) return `${Math.floor(total / 60)}m${pad(total % 60)}s`;
  if (total < 86_400) return `${Math.floor(total / 3600)}h${pad(Math.floor((total % 3600) / 60))}m`;
  return `${Math.floor(total / 86_400)}d${pad(Math.floor((total % 86_400) / 3600))}h`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
