/** How far something is, with the number beside the picture. */
export function Progress({ fraction, label }: { readonly fraction: number; readonly label: string }) {
  const percent = Math.round(100 * fraction);
  return (
    <span class="progress">
      <progress max={100} value={percent} aria-label={label} /> <span class="number">{percent} %</span>
    </span>
  );
}
