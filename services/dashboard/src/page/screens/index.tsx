import type { ComponentChildren } from 'preact';
import { Overview } from './overview/overview.tsx';

/** Where one can go, in the order of the header. */
export const sections: readonly { readonly name: string; readonly href: string }[] = [
  { name: 'Overview', href: '/' },
];

/** The screen of a path. Symbols may have any character, so they come in the query. */
export function screenOf(path: string): ComponentChildren {
  if (path === '/') return <Overview />;
  return (
    <>
      <h1>Nothing here</h1>
      <p>No screen has the address {path}. The header has all of them.</p>
    </>
  );
}
